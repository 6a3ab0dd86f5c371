package io.emque.client.link;

import io.emque.api.Cursor;
import io.emque.api.Message;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Bare payloads of one connection, numbered as they come. One thread. */
final class Numbered {
  private final String topic;
  private final String epoch =
      "local-" + Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, 36);
  private long offset;

  Numbered(String topic) {
    this.topic = topic;
  }

  void hand(byte[] payload, Feed.Sink sink) {
    Instant now = Instant.now();
    long nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    sink.message(new Message(topic, new Cursor(epoch, offset), nanos, null, Map.of(), payload));
    offset++;
  }
}
