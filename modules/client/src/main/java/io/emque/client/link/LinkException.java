package io.emque.client.link;

import java.io.IOException;

/** A server could not be reached, or the connection was lost; trying again may help. */
public final class LinkException extends IOException {
  /**
   * @param reason one line that does not name the server
   */
  public LinkException(String reason) {
    super(reason);
  }

  /**
   * @param reason one line that does not name the server
   */
  public LinkException(String reason, Throwable cause) {
    super(reason, cause);
  }

  /** What an I/O error says, in one line. */
  static LinkException of(String what, IOException cause) {
    if (cause instanceof LinkException same) {
      return same;
    }
    String message = cause.getMessage();
    String why =
        message == null ? cause.getClass().getSimpleName() : message.lines().findFirst().orElse("");
    return new LinkException(what + why + hint(why), cause);
  }

  /** What to do about it, where its words alone do not say that. */
  private static String hint(String why) {
    return why.contains("certificate_required")
        ? "; the server asks for a certificate: give --cert_file and --key_file"
        : "";
  }

  /** One line that does not name the server. */
  public String reason() {
    String message = getMessage();
    return message == null ? "" : message;
  }
}
