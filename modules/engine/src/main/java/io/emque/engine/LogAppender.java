package io.emque.engine;

import io.emque.api.Ack;
import io.emque.api.Cursor;
import io.emque.api.Publication;
import io.emque.api.Published;
import org.jspecify.annotations.Nullable;

/** Publishes to one topic of this broker. */
final class LogAppender implements Appender {
  private final MemoryBroker broker;
  private final String name;
  private volatile @Nullable Topic current;

  LogAppender(MemoryBroker broker, String name) {
    this.broker = broker;
    this.name = name;
  }

  @Override
  public String topic() {
    return name;
  }

  @Override
  public Published append(Publication publication) {
    broker.requireSize(publication.payload().length);
    broker.admit(publication.payload().length);
    while (true) {
      Published answer = current().append(publication);
      if (answer != null) {
        return answer;
      }
      current = null;
    }
  }

  @Override
  public Published append(MessageBatch batch) {
    if (batch.count() == 0) {
      throw new IllegalArgumentException("an empty batch has no position");
    }
    batch.taken(0);
    for (int i = 0; i < batch.count(); i++) {
      broker.requireSize(batch.length(i));
    }
    broker.admit(batch.bytes());
    while (true) {
      Topic topic = current();
      Cursor last = topic.append(batch);
      if (last != null) {
        return new Published(last, Ack.MEMORY, false);
      }
      current = null;
    }
  }

  private Topic current() {
    Topic topic = current;
    if (topic == null) {
      topic = broker.topicFor(name);
      current = topic;
    }
    return topic;
  }
}
