package io.emque.transport.http;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The streams of an HTTP/2 connection that are not closed yet (RFC 9113, section 5.1), from the
 * frames that pass. The connection's thread shows the client's frames, any thread the server's.
 */
final class OpenStreams {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int END_STREAM = 1;

  private static final int CLIENT_ENDED = 1;
  private static final int SERVER_ENDED = 2;
  private static final int BOTH_ENDED = CLIENT_ENDED | SERVER_ENDED;

  private final ConcurrentMap<Integer, Integer> ended = new ConcurrentHashMap<>();
  private int newest; // the connection's thread

  /** A frame of the client's. */
  void received(int type, int flags, int stream) {
    if (type == HEADERS && stream > newest) {
      newest = stream;
      ended.put(stream, 0);
    }
    if (type == RST_STREAM) {
      ended.remove(stream);
    } else if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
      end(stream, CLIENT_ENDED);
    }
  }

  /** A frame of the server's. */
  void sent(int type, int flags, int stream) {
    if (type == RST_STREAM) {
      ended.remove(stream);
    } else if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
      end(stream, SERVER_ENDED);
    }
  }

  private void end(int stream, int by) {
    ended.computeIfPresent(
        stream, (id, before) -> (before | by) == BOTH_ENDED ? null : (Integer) (before | by));
  }

  /** Whether the stream was there and is closed. By the connection's thread. */
  boolean closed(int stream) {
    return stream <= newest && stream % 2 == 1 && !ended.containsKey(stream);
  }
}
