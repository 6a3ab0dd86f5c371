/**
 * Runs what is measured. Benchmarks and stress tests lie in the packages of the classes they are
 * about, which keep their access: everything here is on the class path.
 */
package io.emque.benchmarks;
