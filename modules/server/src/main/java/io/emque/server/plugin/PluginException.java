package io.emque.server.plugin;

/** A plugin cannot be loaded; the message is one line that names it, the reason and the way out. */
public final class PluginException extends Exception {
  PluginException(String message) {
    super(message);
  }

  PluginException(String message, Throwable cause) {
    super(message, cause);
  }

  /** One line; never null. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
