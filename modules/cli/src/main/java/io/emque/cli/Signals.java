package io.emque.cli;

import java.lang.reflect.Proxy;

/**
 * Signal handlers. The JDK has them in {@code sun.misc} alone, whose use no lint setting can allow;
 * hence by reflection. Without one the JVM would exit with 143 on SIGTERM whatever happens.
 */
final class Signals {
  private Signals() {}

  /** Calls {@code action} on a thread of its own each time the signal comes. */
  static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java has no signals", e);
    }
  }
}
