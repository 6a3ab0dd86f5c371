package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Published;
import io.emque.engine.Appender;
import io.emque.engine.MessageBatch;
import io.emque.transport.http.limits.InFlight;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Publishes each line of a body as a message, in constant memory. Split at LF, one CR before it
 * stripped; empty lines are messages; nothing after a final LF.
 */
final class LineBatch {
  private static final int READ = 64 * 1024;

  private final Appender appender;
  private final int maxMessageBytes;
  private final InFlight.Lease lease;
  private final Pace pace;
  private final MessageBatch batch = new MessageBatch();
  private byte[] buffer = new byte[READ];
  private int start; // of the line that is coming
  private int end;
  private long taken;
  private @Nullable Published last;

  LineBatch(Appender appender, int maxMessageBytes, InFlight.Lease lease, Pace pace) {
    this.lease = lease;
    this.pace = pace;
    this.appender = appender;
    this.maxMessageBytes = maxMessageBytes;
  }

  /** When it returns, or throws, the lines that were taken may be answered for. */
  void readAll(InputStream in) throws IOException {
    try {
      publishAll(in);
    } finally {
      appender.sync();
    }
  }

  private void publishAll(InputStream in) throws IOException {
    int n = in.read(buffer, end, buffer.length - end);
    while (n >= 0) {
      int from = end;
      end += n;
      takeLines(from);
      makeRoom();
      n = in.read(buffer, end, buffer.length - end);
    }
    if (end > start) {
      add(end);
      append();
    }
  }

  private void takeLines(int from) {
    for (int i = from; i < end; i++) {
      if (buffer[i] == '\n') {
        add(i);
        start = i + 1;
      }
    }
    append();
  }

  private void add(int lineEnd) {
    int length = lineEnd - start;
    if (length > 0 && buffer[lineEnd - 1] == '\r' && lineEnd < end) {
      length--;
    }
    if (length > maxMessageBytes) {
      append();
      throw tooLong();
    }
    batch.add(buffer, start, length);
  }

  private void append() {
    if (batch.count() == 0) {
      return;
    }
    try {
      if (!pace.pass(batch.count(), batch.bytes(), () -> {}, () -> true)) {
        throw new CloseConnectionException("the connection ends");
      }
      last = appender.append(batch);
    } finally {
      taken += batch.taken();
      batch.clear();
    }
  }

  private void makeRoom() {
    int rest = end - start;
    if (rest > maxMessageBytes + 1) {
      throw tooLong();
    }
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, rest);
      start = 0;
      end = rest;
    }
    if (end == buffer.length) {
      int larger = (int) Math.min(buffer.length * 2L, maxMessageBytes + 2L);
      lease.hold(larger);
      buffer = Arrays.copyOf(buffer, larger);
    }
  }

  private BrokerException tooLong() {
    return new BrokerException(
        ErrorCode.MESSAGE_TOO_LARGE,
        "line "
            + (taken + 1)
            + " is over the limit of "
            + maxMessageBytes
            + " bytes; the lines before it were published");
  }

  /** How many lines were published. */
  long taken() {
    return taken;
  }

  /** The last one's answer, or null. */
  @Nullable Published last() {
    return last;
  }
}
