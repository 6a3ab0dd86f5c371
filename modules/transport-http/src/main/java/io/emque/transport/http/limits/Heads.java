package io.emque.transport.http.limits;

/**
 * Sizes of requests beside their bodies. They are set when the port is opened.
 *
 * @param lineBytes a request's first line, with its URL; 256 bytes to 1 MiB
 * @param headerBytes all its headers; 1 KiB to 1 MiB
 * @param streams how many requests and subscriptions an HTTP/2 connection may have open; 1 to
 *     100,000
 */
public record Heads(int lineBytes, int headerBytes, int streams) {
  private static final int MIB = 1024 * 1024;

  /** 16 KiB, 64 KiB, 1,000. */
  public static final Heads DEFAULT = new Heads(16 * 1024, 64 * 1024, 1_000);

  /** Refuses values outside the rules. */
  public Heads {
    Rule.require(
        lineBytes >= 256 && lineBytes <= MIB, "max_line_bytes", lineBytes, "256 bytes to 1 MiB");
    Rule.require(
        headerBytes >= 1024 && headerBytes <= MIB,
        "max_header_bytes",
        headerBytes,
        "1 KiB to 1 MiB");
    Rule.require(streams >= 1 && streams <= 100_000, "max_streams", streams, "1 to 100000");
  }
}
