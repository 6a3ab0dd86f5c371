package io.emque.client.link;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.api.Message;
import java.time.Duration;

/**
 * A subscription on one connection.
 *
 * <p><b>Threads:</b> one thread reads; any thread may close.
 */
public interface Feed extends AutoCloseable {
  /** Whether messages have cursors of the server's, to resume after. */
  boolean resumable();

  /**
   * Waits for what comes next and hands it on.
   *
   * @throws LinkException when the connection is lost, or nothing was heard for too long
   * @throws BrokerException when the server ended the subscription and said why
   */
  void read(Sink sink) throws LinkException;

  /** Ends the connection; a thread that reads comes back with a {@link LinkException}. */
  @Override
  void close();

  /** Where deliveries go; may block. */
  interface Sink {
    /** A message. */
    void message(Message message);

    /** Word of messages that will not come. */
    void gap(Gap gap);

    /** Nothing but where the subscription stands: the cursor before the next message. */
    void position(Cursor cursor);

    /**
     * The server is stopping, and the feed ends next.
     *
     * @param retry when to come back, from now; a day at most
     */
    void moved(Duration retry);
  }
}
