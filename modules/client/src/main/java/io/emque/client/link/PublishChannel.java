package io.emque.client.link;

import io.emque.api.BrokerException;
import io.emque.api.Publication;
import io.emque.api.Published;
import org.jspecify.annotations.Nullable;

/**
 * A connection that messages are published on, one after the other, without waiting for answers.
 *
 * <p><b>Threads:</b> one thread sends; any thread may close.
 */
public interface PublishChannel extends AutoCloseable {
  /** Takes a message; it goes out with the next {@link #flush} or before. May block. */
  void send(String topic, Publication publication) throws LinkException;

  /** Sends what was taken. May block. */
  void flush() throws LinkException;

  /** Ends the connection; messages without an answer may or may not have been taken. */
  @Override
  void close();

  /** Where answers go; called by one thread at a time, which must not be held up. */
  interface Replies {
    /** The answer to the oldest message without one: exactly one of the two is not null. */
    void reply(@Nullable Published published, @Nullable BrokerException refusal);

    /** The connection is gone; the last call, and not made after {@link PublishChannel#close}. */
    void lost(LinkException reason);
  }
}
