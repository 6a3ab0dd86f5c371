package io.emque.client;

import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes one stream of the streams of several servers that hold copies of a topic: each message
 * once, and each publisher's messages in their order. Knows no socket, no clock and no thread:
 * whoever calls it sees to one call at a time.
 *
 * <p>A stream is taken strictly from its head. So the position of a stream says exactly which of
 * its messages were delivered, here or from another stream: those before it.
 */
final class Merge {
  /** How long a message waits for one that must come before it. */
  static final long STRAGGLER_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** How long the first output of a replay waits for the other streams to begin. */
  private static final long BEGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int MAX_PUBLISHERS = 100_000;
  private static final int MAX_IDS = 100_000;

  private final String topic;
  private final List<Stream> streams = new ArrayList<>();
  private final boolean replay;
  private final long began;
  private final Map<String, Long> delivered = lru(MAX_PUBLISHERS);
  private final Map<String, Boolean> ids = lru(MAX_IDS);
  private long lastTimeNanos = Long.MIN_VALUE;
  private int turn;

  /**
   * @param topic the topic
   * @param replay whether it begins with messages of the past
   * @param now {@link System#nanoTime}
   */
  Merge(String topic, boolean replay, long now) {
    this.topic = topic;
    this.replay = replay;
    this.began = now;
  }

  /** Adds a stream; returns its index. */
  int add() {
    streams.add(new Stream());
    return streams.size() - 1;
  }

  private static <V> Map<String, V> lru(int max) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > max;
      }
    };
  }

  // ---- from the streams

  /**
   * The stream begins before {@code boundary} only to say what was delivered before: messages up to
   * it are noted and not delivered. Until they are, nothing is.
   */
  void lookBack(int stream, Cursor boundary) {
    streams.get(stream).boundary = boundary;
    streams.get(stream).next = boundary;
  }

  /** The stream's connection serves. */
  void connected(int stream) {
    streams.get(stream).connected = true;
  }

  /** The stream's connection is lost; it may come back. */
  void lost(int stream) {
    streams.get(stream).connected = false;
  }

  /** The stream will not come back. */
  void ended(int stream) {
    streams.get(stream).connected = false;
    streams.get(stream).boundary = null;
  }

  /** The stream stands before the message after {@code cursor}, and that is still to come. */
  void position(int stream, Cursor cursor, long now) {
    Stream s = streams.get(stream);
    s.heardAt = now;
    if (s.queue.isEmpty()) {
      s.begun = true;
      if (s.boundary == null) {
        s.next = cursor.next();
      } else if (!before(cursor.next(), s.boundary)) {
        s.boundary = null;
      }
    }
  }

  /** What the stream brought. */
  void offer(int stream, Delivery delivery, long now) {
    Stream s = streams.get(stream);
    s.begun = true;
    if (delivery instanceof Gap gap) {
      if (s.boundary == null || !before(gap.next(), s.boundary)) {
        s.boundary = null;
        s.wholeUntil = s.heardAt;
        s.wholeAgain = now;
        s.queue.add(gap);
      }
    } else if (delivery instanceof Message message) {
      if (s.boundary != null && before(message.cursor(), s.boundary)) {
        note(message);
        if (!before(message.cursor().next(), s.boundary)) {
          s.boundary = null;
        }
      } else {
        s.boundary = null;
        s.queue.add(message);
        s.bytes += message.payload().length;
      }
    }
    s.heardAt = now;
  }

  private static boolean before(Cursor cursor, Cursor boundary) {
    return cursor.epoch().equals(boundary.epoch()) && cursor.offset() < boundary.offset();
  }

  /** How much the stream holds that was not taken yet: messages. */
  int held(int stream) {
    return streams.get(stream).queue.size();
  }

  /** How much the stream holds that was not taken yet: bytes. */
  long heldBytes(int stream) {
    return streams.get(stream).bytes;
  }

  // ---- the merged stream

  /** Where the merged stream stands. */
  Cursor next() {
    return cursor(-1);
  }

  private Cursor cursor(int source) {
    var next = new @Nullable Cursor[streams.size()];
    for (int i = 0; i < streams.size(); i++) {
      next[i] = streams.get(i).next;
    }
    return MergedCursor.of(source, next).toCursor();
  }

  /** The next delivery; null when there is none now. */
  @Nullable Delivery poll(long now) {
    if (mayBeginIn(now) > 0) {
      return null;
    }
    boolean moved = true;
    while (moved) {
      moved = false;
      for (int i = 0; i < streams.size(); i++) {
        int at = (turn + i) % streams.size();
        Deque<Delivery> queue = streams.get(at).queue;
        int size = queue.size();
        Delivery head = queue.peek();
        if (head == null) {
          continue;
        }
        Delivery out = head instanceof Gap gap ? pass(at, gap) : take(at, (Message) head, now);
        if (out != null) {
          turn = at; // stay with a stream while it has more: it is the longest run
          return out;
        }
        moved |= queue.size() < size;
      }
    }
    return null;
  }

  /** When {@link #poll} may have more though nothing came; {@link Long#MAX_VALUE} for never. */
  long pollAgainIn(long now) {
    long least = Long.MAX_VALUE;
    for (Stream stream : streams) {
      if (stream.waitingSince != 0) {
        least = Math.min(least, stream.waitingSince + STRAGGLER_NANOS - now);
      }
    }
    long begins = mayBeginIn(now);
    if (begins > 0) {
      least = Math.min(least, begins);
    }
    return Math.max(least, 0);
  }

  /**
   * Nothing is delivered before all is known that was delivered before the boundaries, and a replay
   * has its beginnings side by side. A stream that is not there is waited for as for a straggler.
   *
   * @return 0 when it may begin; {@link Long#MAX_VALUE} when what comes will tell
   */
  private long mayBeginIn(long now) {
    long wait = 0;
    boolean begun = true;
    for (Stream stream : streams) {
      if (stream.boundary != null && stream.connected) {
        return Long.MAX_VALUE;
      }
      if (stream.boundary != null) {
        wait = Math.max(wait, began + STRAGGLER_NANOS - now);
      }
      begun &= !stream.connected || stream.begun;
    }
    return begun || !replay ? wait : Math.max(wait, began + BEGIN_NANOS - now);
  }

  /** A server's own gap matters only when no other stream was whole all the while. */
  private @Nullable Delivery pass(int at, Gap gap) {
    Stream stream = streams.get(at);
    stream.queue.remove();
    boolean covered = false;
    for (Stream other : streams) {
      covered |= other != stream && other.connected && other.wholeSince <= stream.wholeUntil;
    }
    Cursor expected = cursor(-1);
    stream.next = gap.next();
    stream.wholeSince = stream.wholeAgain;
    return covered ? null : new Gap(topic, expected, cursor(-1), OptionalLong.empty());
  }

  private @Nullable Delivery take(int at, Message head, long now) {
    Stream stream = streams.get(at);
    MessageId id = MessageId.parse(head.id());
    if (id == null) {
      String given = head.id();
      if (given != null && ids.put(given, true) != null) {
        return drop(stream, head);
      }
      return deliver(at, head);
    }
    Long known = delivered.get(id.publisher());
    if (known != null && id.sequence() <= known) {
      return drop(stream, head);
    }
    long due = known == null ? firstDue(at, id) : known + 1;
    if (id.sequence() == due) {
      delivered.put(id.publisher(), id.sequence());
      return deliver(at, head);
    }
    if (stream.waitingSince == 0) {
      stream.waitingSince = now == 0 ? 1 : now;
    }
    if (now - stream.waitingSince < STRAGGLER_NANOS && mayComeYet(at, id)) {
      return null;
    }
    stream.waitingSince = 0;
    delivered.put(id.publisher(), id.sequence() - 1); // so the message itself is next
    return new Gap(topic, cursor(-1), cursor(at), OptionalLong.of(id.sequence() - due));
  }

  /** Of a publisher never seen, the earliest message that any stream holds comes first. */
  private long firstDue(int at, MessageId id) {
    long first = id.sequence();
    for (int i = 0; i < streams.size(); i++) {
      if (i == at) {
        continue;
      }
      for (Delivery held : streams.get(i).queue) {
        MessageId other = held instanceof Message message ? MessageId.parse(message.id()) : null;
        if (other != null && other.publisher().equals(id.publisher())) {
          first = Math.min(first, other.sequence());
          break; // a stream has them in order
        }
      }
    }
    return first;
  }

  /** Whether some other stream may still bring what must come before. */
  private boolean mayComeYet(int at, MessageId id) {
    for (int i = 0; i < streams.size(); i++) {
      if (i == at) {
        continue;
      }
      Stream other = streams.get(i);
      if (!other.connected) {
        return true;
      }
      Delivery head = other.queue.peek();
      MessageId otherId = head instanceof Message message ? MessageId.parse(message.id()) : null;
      boolean past =
          otherId != null
              && otherId.publisher().equals(id.publisher())
              && otherId.sequence() >= id.sequence();
      if (!past) {
        return true;
      }
    }
    return false;
  }

  private @Nullable Delivery drop(Stream stream, Message head) {
    remove(stream, head);
    return null;
  }

  private Message deliver(int at, Message head) {
    streams.get(at).next = head.cursor();
    Cursor cursor = cursor(at);
    remove(streams.get(at), head);
    lastTimeNanos = Math.max(lastTimeNanos, head.timeNanos());
    return new Message(topic, cursor, lastTimeNanos, head.id(), head.headers(), head.payload());
  }

  private void remove(Stream stream, Message head) {
    stream.queue.remove();
    stream.bytes -= head.payload().length;
    stream.next = head.cursor().next();
    stream.waitingSince = 0;
  }

  private void note(Message message) {
    MessageId id = MessageId.parse(message.id());
    if (id != null) {
      delivered.merge(id.publisher(), id.sequence(), Math::max);
    } else if (message.id() != null) {
      ids.put(message.id(), true);
    }
  }

  private static final class Stream {
    final Deque<Delivery> queue = new ArrayDeque<>();
    long bytes;
    @Nullable Cursor next; // of what is to be taken from it
    @Nullable Cursor boundary; // while it says what was delivered before
    boolean connected;
    boolean begun;
    long heardAt = Long.MIN_VALUE;
    long wholeSince = Long.MIN_VALUE; // nothing is missing from it since then
    long wholeUntil; // before the gap that it holds
    long wholeAgain; // after the gap that it holds
    long waitingSince; // its head waits for a straggler; 0 when it does not
  }
}
