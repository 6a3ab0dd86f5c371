package io.emque.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives tests a broker on a free port of loopback, which is closed after them. They ask for it by
 * parameters: a {@link TestBroker}, the {@link java.net.URI} that it answers at, an {@link
 * io.emque.client.Emque} connected to it, or {@link Faults}.
 *
 * <pre>{@code
 * @EmqueTest
 * class OrdersTest {
 *   @Test
 *   void ordersAreConfirmed(URI broker, Emque emque) {
 *     …
 *   }
 * }
 * }</pre>
 *
 * <p>On a class it holds for the class and those nested in it, on a method for that one; the
 * nearest counts.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@ExtendWith(EmqueExtension.class)
public @interface EmqueTest {
  /** Whether it speaks TLS, with a certificate of its own that {@link TestBroker} gives out. */
  boolean tls() default false;

  /** Whether it can be made to fail: see {@link Faults}. */
  boolean faults() default false;

  /**
   * Whether all tests of the class share one broker, which is there before {@code @BeforeAll}; else
   * each has its own. Says nothing on a method.
   */
  boolean perClass() default false;
}
