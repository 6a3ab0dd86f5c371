package io.emque.server;

/** The server cannot start. The message is one line that names the value and the way out. */
public final class ServerException extends Exception {
  /** A message fit for the user, and what lies behind it. */
  public ServerException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A message fit for the user. */
  public ServerException(String message) {
    super(message);
  }
}
