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
    Stripe stripe = stripe(topic);
    stripe.order.lock();
    try {
      return next.apply(
          publication.id() == null ? publication.id(nextId(stripe, topic)) : publication);
    } finally {
      stripe.order.unlock();
    }
  }

  private String nextId(Stripe stripe, String topic) {
    stripe.lock.lock();
    try {
      return stripe.publishers.computeIfAbsent(topic, t -> new Publisher(name())).nextId();
    } finally {
      stripe.lock.unlock();
    }
  }

  /**
   * A message got nowhere: the next one is of another publisher, so that no hole is waited for.
   * Does not wait for whoever is handing on: that one may wait for the caller.
   */
  void failed(String topic) {
    Stripe stripe = stripe(topic);
    stripe.lock.lock();
    try {
      stripe.publishers.remove(topic);
    } finally {
      stripe.lock.unlock();
    }
  }

  private Stripe stripe(String topic) {
    return stripes[Math.floorMod(topic.hashCode(), STRIPES)];
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
    /** Held while a publication is handed on, which may wait until answers have made room. */
    final ReentrantLock order = new ReentrantLock();

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
