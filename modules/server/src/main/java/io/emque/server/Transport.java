package io.emque.server;

/** What a server speaks on its port. */
public enum Transport {
  /** HTTP, WebSocket and gRPC together. */
  ALL,
  /** HTTP and WebSocket. */
  HTTP,
  /** gRPC; by HTTP only health and metrics. */
  GRPC
}
