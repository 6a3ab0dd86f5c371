package io.emque.server.histories;

import io.emque.api.BrokerException;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import io.emque.client.Transport;
import io.emque.server.histories.Observation.Begun;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Event;
import io.emque.server.histories.Observation.Got;
import io.emque.server.histories.Observation.Missed;
import java.time.Duration;

/** The Java client, which resumes by itself. */
final class ClientSubscriber extends Subscriber {
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Transport transport;

  ClientSubscriber(String name, long seed, World.Path path, Transport transport) {
    super(name, seed, path);
    this.transport = transport;
  }

  @Override
  void observe(Observation observation, StartPosition from) throws InterruptedException {
    try (Emque emque =
        Emque.builder()
            .servers("http://127.0.0.1:" + path.port())
            .transport(transport)
            .timeout(Duration.ofSeconds(5))
            .connect()) {
      long askedAt = System.nanoTime();
      Subscription subscription =
          emque.subscribe(observation.topic(), SubscribeOptions.DEFAULT.from(from));
      observation.add(
          new Begun(
              subscription.next(), from.equals(StartPosition.LATEST), askedAt, System.nanoTime()));
      read(subscription, observation);
    } catch (BrokerException end) {
      observation.add(new Ended("by the server: " + end.getMessage()));
    }
  }

  private void read(Subscription subscription, Observation observation)
      throws InterruptedException {
    while (!stopped()) {
      Delivery delivery = subscription.poll(LOOK);
      if (delivery != null) {
        observation.add(event(delivery));
      }
      dawdle();
      if (onceIn(1_000)) {
        subscription.close();
        observation.add(new Ended("by itself"));
        Delivery late = subscription.poll(LOOK);
        if (late != null) {
          observation.add(event(late));
        }
        return;
      }
    }
  }

  private static Event event(Delivery delivery) {
    return switch (delivery) {
      case Message message -> new Got(message.cursor(), Sent.keyOf(message.text()));
      case Gap gap -> new Missed(gap.expected(), gap.next(), gap.missed());
    };
  }
}
