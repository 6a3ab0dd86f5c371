/**
 * Tests that are given bytes nobody wrote by hand: {@link io.emque.testkit.fuzz.Fuzz} on a method
 * that takes them. A build tries the kept inputs and some thousand mutations of them, always the
 * same; the profile {@code fuzz} goes on for as long as it is told.
 */
@org.jspecify.annotations.NullMarked
package io.emque.testkit.fuzz;
