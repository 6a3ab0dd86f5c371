package io.emque.websocket;

/** The peer broke RFC 6455, or a limit: the connection ends with this code. */
final class ProtocolFault extends Exception {
  static final int PROTOCOL_ERROR = 1002;
  static final int NOT_UTF8 = 1007;
  static final int TOO_LARGE = 1009;

  private final int code;

  ProtocolFault(int code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  int code() {
    return code;
  }

  String reason() {
    String reason = getMessage();
    return reason == null ? "" : reason;
  }
}
