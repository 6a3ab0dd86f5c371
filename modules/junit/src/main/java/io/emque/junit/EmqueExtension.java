package io.emque.junit;

import io.emque.client.Emque;
import io.emque.server.ServerException;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives a test its {@link TestBroker}, made when it is first asked for, and closed by JUnit with
 * the context it is stored in.
 */
final class EmqueExtension implements ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(EmqueExtension.class);
  private static final Set<Class<?>> KNOWN =
      Set.of(TestBroker.class, Emque.class, URI.class, Faults.class);

  /** A constructor's parameters are those of the test that the object is made for. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return KNOWN.contains(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    TestBroker broker = broker(context);
    if (type == TestBroker.class) {
      return broker;
    } else if (type == Emque.class) {
      return broker.emque();
    } else if (type == URI.class) {
      return broker.uri();
    }
    return broker.faults();
  }

  private static TestBroker broker(ExtensionContext context) {
    ExtensionContext annotated = annotated(context);
    EmqueTest wanted =
        annotated
            .getElement()
            .flatMap(element -> AnnotationSupport.findAnnotation(element, EmqueTest.class))
            .orElseThrow();
    boolean onMethod = annotated.getElement().orElseThrow() instanceof Method;
    ExtensionContext owner = onMethod || wanted.perClass() ? annotated : perMethod(context);
    return owner
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(Stored.class, key -> start(wanted), Stored.class)
        .broker();
  }

  private static ExtensionContext annotated(ExtensionContext context) {
    Optional<ExtensionContext> at = Optional.of(context);
    while (at.isPresent()) {
      if (AnnotationSupport.isAnnotated(at.get().getElement(), EmqueTest.class)) {
        return at.get();
      }
      at = at.get().getParent();
    }
    throw new ParameterResolutionException(
        "a broker was asked for where there is none; write @EmqueTest on the class or the method");
  }

  private static ExtensionContext perMethod(ExtensionContext context) {
    if (context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          "each test of "
              + context.getDisplayName()
              + " has a broker of its own, and none has begun; ask for it in a test or in"
              + " @BeforeEach, or write @EmqueTest(perClass = true)");
    }
    return context;
  }

  private static Stored start(EmqueTest wanted) {
    try {
      return new Stored(TestBroker.start(wanted.tls(), wanted.faults()));
    } catch (ServerException e) {
      throw new ParameterResolutionException("no broker: " + e.getMessage(), e);
    }
  }

  /** What JUnit closes; it does so with anything closeable only since 5.13. */
  private record Stored(TestBroker broker) implements CloseableResource {
    @Override
    public void close() {
      broker.close();
    }
  }
}
