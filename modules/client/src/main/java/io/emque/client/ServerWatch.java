package io.emque.client;

import io.emque.api.spi.ServerAddress;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Counts what happens to the connections of a client, and passes it on. Any thread. */
final class ServerWatch implements Consumer<ConnectionEvent> {
  private final Consumer<ConnectionEvent> listener;
  private final ConcurrentMap<ServerAddress, Counts> servers = new ConcurrentHashMap<>();

  ServerWatch(Consumer<ConnectionEvent> listener) {
    this.listener = listener;
  }

  @Override
  public void accept(ConnectionEvent event) {
    Counts counts = counts(event.server());
    switch (event.state()) {
      case CONNECTED -> {
        counts.connects.increment();
        counts.up = true;
      }
      case LOST -> counts.lost.increment();
      case FAILED -> {
        counts.failures.increment();
        counts.up = false;
      }
    }
    listener.accept(event);
  }

  void retried(ServerAddress server, int messages) {
    counts(server).retries.add(messages);
  }

  private Counts counts(ServerAddress server) {
    return servers.computeIfAbsent(server, s -> new Counts());
  }

  /** Those servers, in their order; what is known of others is forgotten. */
  List<ServerStatus> of(Collection<ServerAddress> current) {
    servers.keySet().retainAll(current);
    return current.stream().map(server -> counts(server).status(server)).toList();
  }

  private static final class Counts {
    final LongAdder connects = new LongAdder();
    final LongAdder lost = new LongAdder();
    final LongAdder failures = new LongAdder();
    final LongAdder retries = new LongAdder();
    volatile boolean up = true;

    ServerStatus status(ServerAddress server) {
      return new ServerStatus(
          server, up, connects.sum(), lost.sum(), failures.sum(), retries.sum());
    }
  }
}
