package io.emque.transport.http.metrics;

/**
 * Something that has metrics.
 *
 * <p><b>Threads:</b> any; several may ask at a time. Must not block for long: somebody waits.
 */
public interface MetricsSource {
  /** Writes its families, each under a name that no other source has. */
  void write(Exposition out);
}
