package io.emque.cli.bench;

import java.util.Locale;

/** How a message travels. */
public enum Protocol {
  /** WebSocket with bare payloads, which every server speaks. */
  WS,
  /** A POST for each message; an answer of bare payloads without end. */
  HTTP,
  /** Server-Sent Events, for subscribers. */
  SSE,
  /** gRPC: {@code emque.v1} to publish, or else {@code mq.MQ}, and {@code mq.MQ} to subscribe. */
  GRPC;

  /** As options name it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
