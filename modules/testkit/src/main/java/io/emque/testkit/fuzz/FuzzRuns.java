package io.emque.testkit.fuzz;

import static java.lang.System.Logger.Level.INFO;
import static java.util.Objects.requireNonNull;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Turns the one call of a {@link Fuzz} method into thousands. */
final class FuzzRuns
    implements TestTemplateInvocationContextProvider, ParameterResolver, InvocationInterceptor {
  private static final System.Logger LOG = System.getLogger(FuzzRuns.class.getName());

  private static final long SEED = 1; // of builds: what failed once fails again

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    return Stream.of(
        new TestTemplateInvocationContext() {
          @Override
          public String getDisplayName(int invocation) {
            return "kept inputs and mutations";
          }
        });
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == byte[].class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return new byte[0];
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context)
      throws Throwable {
    invocation.skip();
    Method method = call.getExecutable();
    method.setAccessible(true);
    Object tests = context.getRequiredTestInstance();
    run(method, input -> invoke(method, tests, input));
  }

  private static void run(Method method, FuzzLoop.Target target) {
    Fuzz fuzz = requireNonNull(method.getAnnotation(Fuzz.class));
    var inputs = new Inputs(method, fuzz);
    Duration time = time();
    long seed = seed(time);
    List<byte[]> kept = inputs.kept();
    var loop = new FuzzLoop(target, kept, inputs.words(), fuzz.maxBytes(), seed);
    Long run = Long.getLong("fuzz.run");
    long start = System.nanoTime();
    FuzzLoop.Finding finding = run == null ? loop.kept() : loop.again(run);
    if (run == null && finding == null) {
      finding = loop.mutated(fuzz.runs(), time);
    }
    say(method, kept.size(), loop.runs(), System.nanoTime() - start, seed);
    if (finding != null) {
      throw new AssertionError(inputs.write(finding, seed), finding.failure());
    }
  }

  private static void say(Method method, int kept, long runs, long nanos, long seed) {
    LOG.log(
        INFO,
        () ->
            "fuzz %s.%s: %d kept inputs, %d mutations, %d ms, seed %d"
                .formatted(
                    method.getDeclaringClass().getSimpleName(),
                    method.getName(),
                    kept,
                    runs,
                    nanos / 1_000_000,
                    seed));
  }

  /** How long to go on; zero for as many mutations as a build tries. */
  private static Duration time() {
    String time = System.getProperty("fuzz.time", "");
    return time.isEmpty() ? Duration.ZERO : Duration.parse("PT" + time);
  }

  private static long seed(Duration time) {
    return Long.getLong(
        "fuzz.seed", time.isZero() ? SEED : ThreadLocalRandom.current().nextLong(1L << 32));
  }

  private static void invoke(Method method, Object tests, byte[] input) throws Throwable {
    try {
      method.invoke(tests, (Object) input);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      throw cause == null ? e : cause;
    }
  }
}
