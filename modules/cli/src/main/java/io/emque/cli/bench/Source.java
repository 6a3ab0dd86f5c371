package io.emque.cli.bench;

import io.emque.api.spi.ServerAddress;
import java.io.EOFException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * A connection that a subscriber's messages come from.
 *
 * <p><b>Threads:</b> one reads; any closes.
 *
 * <p><b>Errors:</b> an {@link IOException} whose message says why, in one line.
 */
interface Source extends AutoCloseable {
  /** Subscribes; when this returns, the server has said yes. */
  static Source open(Plan.Seat seat, BenchOptions options, Target target) throws IOException {
    String topic = seat.channel().topic();
    ServerAddress server = seat.server();
    return switch (options.subscribeBy()) {
      case WS -> WebSocketSource.open(Wire.open(server, target), path(topic, "", options));
      case HTTP -> {
        var raw = new RawMessages(options.payloadBytes());
        yield BodySource.open(Wire.open(server, target), path(topic, "&format=raw", options), raw);
      }
      case SSE -> {
        var events = new EventMessages(options.payloadBytes());
        yield BodySource.open(
            Wire.open(server, target), path(topic, "&format=sse", options), events);
      }
      case GRPC -> new GrpcSource(topic, new Grpc(server, target));
    };
  }

  private static String path(String topic, String format, BenchOptions options) {
    return "/sub?topic="
        + URLEncoder.encode(topic, StandardCharsets.UTF_8)
        + format
        + (options.slow().isEmpty() ? "" : "&slow=" + options.slow());
  }

  /**
   * Hands messages on until the connection ends.
   *
   * @throws EOFException when it was closed by either side
   */
  void readAll(Listener listener) throws IOException;

  @Override
  void close();
}
