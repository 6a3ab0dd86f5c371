package io.emque.testkit.fuzz;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test method of one parameter, {@code byte[]}, that is called with input after input; whatever
 * it throws is a finding. The kept inputs come first: files in {@code src/test/resources}, in the
 * folder {@code PACKAGE/CLASS/METHOD}, and what {@link #seeds} makes. Mutations of them follow,
 * each a matter of the seed and its number alone.
 *
 * <p>{@code -Dfuzz.seed=N} and {@code -Dfuzz.time=60s} choose the seed and how long to go on; with
 * {@code -Dfuzz.run=N} too, only that one input is tried. A finding is printed, and written to
 * {@code target/fuzz}; kept as a file among the others it is tried by every build.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Tag("fuzz")
@TestTemplate
@ExtendWith(FuzzRuns.class)
public @interface Fuzz {
  /** How many mutations a build tries. */
  int runs() default 3_000;

  /** Longest input. */
  int maxBytes() default 4_096;

  /**
   * Names a static method of the test's class without parameters that gives a {@code List<byte[]>}
   * of inputs to begin with; empty for none.
   */
  String seeds() default "";

  /** Words that such inputs are made of, put in here and there. */
  String[] words() default {};
}
