package io.emque.client;

/** How a client talks to its servers. What it delivers is the same. */
public enum Transport {
  /** WebSocket and HTTP. */
  HTTP,
  /** gRPC. */
  GRPC
}
