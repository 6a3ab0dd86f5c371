package io.emque.engine;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.SlowPolicy;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A topic's log that is fed from elsewhere: its records keep the cursors, times, ids and headers
 * that they came with, and gaps in what came are told to every reader in their place.
 *
 * <p>It counts against the memory of its broker, is trimmed like the broker's own topics, and ends
 * when the broker drains; but the broker does not list it.
 *
 * <p><b>Threads:</b> one thread feeds; any thread opens readers and closes.
 */
public final class RelayLog implements AutoCloseable {
  private final MemoryBroker broker;
  private final Topic topic;

  // The feeding thread, and whoever opens; under this object's monitor.
  private Cursor next;
  private long relayed;
  private @Nullable Origin origin;
  private @Nullable Gap gap;

  /**
   * @param broker whose limits and memory it shares
   * @param name the topic
   * @param next where the first message to come stands, as far as that is known
   * @param onUnread called each time the last reader has left; must not block
   */
  public RelayLog(MemoryBroker broker, String name, Cursor next, Runnable onUnread) {
    this.broker = broker;
    this.topic = broker.relay(name, onUnread);
    this.next = next;
  }

  /** Appends a message; waits for readers with {@link SlowPolicy#BLOCK}. */
  public void append(Message message) {
    broker.makeRoom(message.payload().length);
    Cursor cursor = message.cursor();
    Gap before;
    boolean cut;
    Origin from;
    synchronized (this) {
      before = gap;
      from = cursor.merged() ? null : originOf(cursor);
      cut =
          before != null || relayed == 0 || (from == null ? origin != null : !from.equals(origin));
    }
    topic.relay(message, cut, from, before);
    synchronized (this) {
      gap = null;
      origin = from;
      relayed++;
      next = cursor.next();
    }
  }

  private Origin originOf(Cursor cursor) {
    long shift = cursor.offset() - relayed;
    Origin known = origin;
    return known != null && known.shift() == shift && known.epoch().equals(cursor.epoch())
        ? known
        : new Origin(cursor.epoch(), shift);
  }

  /** What comes next comes after a gap. */
  public synchronized void gap(Gap told) {
    Gap known = gap;
    gap =
        known == null
            ? told
            : new Gap(
                told.topic(),
                known.expected(),
                told.next(),
                known.missed().isPresent() && told.missed().isPresent()
                    ? OptionalLong.of(known.missed().getAsLong() + told.missed().getAsLong())
                    : OptionalLong.empty());
    next = told.next();
  }

  /** Whether anybody reads it now. */
  public boolean isRead() {
    return topic.isRead();
  }

  /**
   * Opens a reader of what comes next.
   *
   * @param protocol a label for the list of subscribers
   */
  public synchronized Reader open(SlowPolicy slow, String protocol) {
    Reader reader = topic.openRelayed(null, next, slow, protocol);
    if (reader == null) {
      throw new IllegalStateException("what comes next is always there to be read");
    }
    if (gap != null && reader.position() == relayed) {
      reader.beginsBehindGap();
    }
    return reader;
  }

  /**
   * Opens a reader at a cursor.
   *
   * @param protocol a label for the list of subscribers
   * @return null when the message at the cursor is not held here
   */
  public synchronized @Nullable Reader openAt(Cursor cursor, SlowPolicy slow, String protocol) {
    return cursor.equals(next) && gap == null
        ? topic.openRelayed(null, next, slow, protocol)
        : topic.openRelayed(cursor, cursor, slow, protocol);
  }

  /** Ends every reader with a reason. */
  public void end(BrokerException reason) {
    topic.endAll(reason);
  }

  /** Lets go of what it holds. */
  @Override
  public void close() {
    broker.forgetRelay(topic);
    topic.dropAll();
  }
}
