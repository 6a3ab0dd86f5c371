package io.emque.server.histories;

import io.emque.api.Publication;
import io.emque.client.Emque;
import io.emque.client.Transport;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The Java client, many messages at a time. It sends again what had no answer, so that its order
 * holds over all its connections.
 */
final class ClientPublisher extends Publisher {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Transport transport;

  ClientPublisher(String name, long seed, World.Path path, Ledger ledger, Transport transport) {
    super(name, seed, path, ledger);
    this.transport = transport;
  }

  @Override
  boolean sendsAgain() {
    return true;
  }

  @Override
  void publish(String topic) throws InterruptedException {
    var all = CompletableFuture.<Void>completedFuture(null);
    try (Emque emque =
        Emque.builder()
            .servers("http://127.0.0.1:" + path.port())
            .transport(transport)
            .timeout(PATIENCE)
            .retries(20)
            .connect()) {
      while (!stopped() && !onceIn(500)) {
        Sent sent = next(topic);
        var answer =
            emque
                .publishAsync(topic, Publication.of(payload(sent)))
                .<Void>handle(
                    (published, refusal) -> {
                      if (published != null) {
                        ledger.became(sent, Sent.Fate.of(published.cursor(), System.nanoTime()));
                      }
                      return null;
                    });
        all = CompletableFuture.allOf(all, answer);
        rest();
      }
      all.join(); // each has its answer, or none after all that patience
    }
  }
}
