package io.emque.testkit.fuzz;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * A {@link Fuzz} method as Jazzer wants its targets, which follows the branches that inputs take
 * and mutates those that took a new one. Started with the class's name, the method's, and a folder
 * for inputs, where the kept ones are put first. {@code .ci/fuzz} does all that.
 */
public final class JazzerTarget {
  private static @Nullable Object tests;
  private static @Nullable Method method;

  private JazzerTarget() {}

  /** Called by Jazzer once. */
  public static void fuzzerInitialize(String[] arguments) throws Exception {
    Class<?> type = Class.forName(arguments[0]);
    Method found =
        ReflectionSupport.findMethod(type, arguments[1], byte[].class)
            .orElseThrow(() -> new IllegalArgumentException("there is no " + arguments[1]));
    found.setAccessible(true);
    makeFolders(type);
    for (Method before :
        AnnotationSupport.findAnnotatedMethods(
            type, BeforeAll.class, HierarchyTraversalMode.TOP_DOWN)) {
      ReflectionSupport.invokeMethod(before, null);
    }
    tests = ReflectionSupport.newInstance(type);
    method = found;
    List<byte[]> kept = new Inputs(found, requireNonNull(found.getAnnotation(Fuzz.class))).kept();
    for (int i = 0; i < kept.size(); i++) {
      Files.write(Path.of(arguments[2], "kept-" + i), kept.get(i));
    }
  }

  private static void makeFolders(Class<?> type) throws IOException, IllegalAccessException {
    for (Field field : AnnotationSupport.findAnnotatedFields(type, TempDir.class)) {
      field.setAccessible(true);
      field.set(null, Files.createTempDirectory("fuzz"));
    }
  }

  /** Called by Jazzer with one input after another. */
  public static void fuzzerTestOneInput(byte[] input) throws Throwable {
    try {
      requireNonNull(method).invoke(tests, (Object) input);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      throw cause == null ? e : cause;
    }
  }
}
