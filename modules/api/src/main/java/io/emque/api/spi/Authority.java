package io.emque.api.spi;

import java.io.IOException;

/**
 * Checks credentials: what an {@link Authorizer} opens.
 *
 * <p><b>Threads:</b> any, many at a time.
 */
public interface Authority extends AutoCloseable {
  /**
   * Who shows this credential. Called for each request and each connection, on a virtual thread;
   * may block for a while, but a fast answer is the rule. Secrets are compared in constant time.
   *
   * <p><b>Errors:</b> a refusal is a value. What is thrown lets nobody in, and is logged.
   */
  Authentication authenticate(Credential credential);

  /**
   * Reads its files again, as on SIGHUP.
   *
   * @throws IOException when they cannot be used, and what was read before stays; one line
   */
  default void reload() throws IOException {}

  /** The server has stopped. */
  @Override
  default void close() {}
}
