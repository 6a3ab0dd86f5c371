package io.emque.frames;

/** The peer broke RFC 6455, or a limit: the connection ends with this code. */
public final class ProtocolFault extends Exception {
  /** The close code for what no endpoint may send. */
  public static final int PROTOCOL_ERROR = 1002;

  /** The close code for text that is not UTF-8. */
  public static final int NOT_UTF8 = 1007;

  /** The close code for a message over the limit. */
  public static final int TOO_LARGE = 1009;

  private final int code;

  /**
   * @param code what to close the connection with
   * @param reason one line
   */
  public ProtocolFault(int code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  /** What to close the connection with. */
  public int code() {
    return code;
  }

  /** One line. */
  public String reason() {
    String reason = getMessage();
    return reason == null ? "" : reason;
  }
}
