package io.emque.client;

import io.emque.api.Publication;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Stamps publications with ids, and keeps the order in which they were stamped while they are
 * handed on. Any thread.
 */
final class Stamps {
  /** Topics whose publisher is remembered; one forgotten gets a new publisher. */
  private static final int MAX_TOPICS = 10_000;

  private static final int STRIPES = 16;
  private static final String LETTERS =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  private final SecureRandom random = new SecureRandom();
  private final Stripe[] stripes = new Stripe[STRIPES];

  Stamps() {
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  /**
   * Stamps, unless there is an id, and hands on before anybody else's publication to the topic is
   * stamped.
   */
  <T> T stamp(String topic, Publication publication, Function<Publication, T> next) {
    Stripe stripe = stripes[Math.floorMod(topic.hashCode(), STRIPES)];
    stripe.lock.lock();
    try {
      if (publication.id() != null) {
        return next.apply(publication);
      }
      Publisher publisher = stripe.publishers.computeIfAbsent(topic, t -> new Publisher(name()));
      return next.apply(publication.id(publisher.nextId()));
    } finally {
      stripe.lock.unlock();
    }
  }

  /** A message got nowhere: the next one is of another publisher, so that no hole is waited for. */
  void failed(String topic) {
    Stripe stripe = stripes[Math.floorMod(topic.hashCode(), STRIPES)];
    stripe.lock.lock();
    try {
      stripe.publishers.remove(topic);
    } finally {
      stripe.lock.unlock();
    }
  }

  private String name() {
    var name = new StringBuilder("~");
    for (int i = 0; i < 16; i++) {
      name.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return name.toString();
  }

  private static final class Publisher {
    private final String name;
    private long last;

    Publisher(String name) {
      this.name = name;
    }

    String nextId() {
      last++;
      return name + "-" + last;
    }
  }

  private static final class Stripe {
    final ReentrantLock lock = new ReentrantLock();

    // Under the lock; the one used longest ago goes first.
    final Map<String, Publisher> publishers =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Publisher> eldest) {
            return size() > MAX_TOPICS / STRIPES;
          }
        };
  }
}
