package io.emque.cli;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.client.Emque;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Publishes lines without waiting for each answer, in constant memory, and tells the number of the
 * first line that was refused. Split at LF, one CR before it stripped; empty lines are messages;
 * nothing after a final LF.
 */
final class LinePublisher {
  private static final int FIRST_BUFFER = 64 * 1024;
  private static final int MAX_LINE = 1 << 30;

  private final Emque emque;
  private final String topic;
  private final Map<String, String> headers;
  private final Progress progress;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition answered = lock.newCondition();

  // Under the lock.
  private long pending;
  private long refusedLine = Long.MAX_VALUE;
  private @Nullable BrokerException refusal;

  private long lines; // the reading thread

  LinePublisher(Emque emque, String topic, Map<String, String> headers, Progress progress) {
    this.emque = emque;
    this.topic = topic;
    this.headers = headers;
    this.progress = progress;
  }

  /** Publishes each line as it is. */
  void publishAll(InputStream in) throws IOException {
    eachLine(in, payload -> publish(Publication.of(payload).headers(headers)));
    finish();
  }

  /** Publishes what {@code emque export} printed. */
  void importAll(InputStream in) throws IOException {
    eachLine(
        in,
        line -> {
          if (line.length > 0) {
            publish(Publication.of(payload(line)));
          }
        });
    finish();
  }

  private byte[] payload(byte[] line) {
    String payload = null;
    try (var json = new JsonReader(new StringReader(new String(line, StandardCharsets.UTF_8)))) {
      json.setStrictness(Strictness.STRICT);
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (name.equals("payload")) {
          if (json.peek() == JsonToken.NULL) { // how the original writes an empty message
            json.nextNull();
            payload = "";
          } else if (json.peek() == JsonToken.STRING) {
            payload = json.nextString();
          } else {
            throw notExported("its payload is no text");
          }
        } else {
          json.skipValue();
        }
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw notExported("something follows the object");
      }
      if (payload == null) {
        throw notExported("it has no payload");
      }
      return Base64.getDecoder().decode(payload);
    } catch (IOException | IllegalStateException e) {
      throw notExported("it is no JSON object");
    } catch (IllegalArgumentException e) {
      throw notExported("its payload is not Base64");
    }
  }

  private BrokerException notExported(String why) {
    return new BrokerException(
        ErrorCode.OPTION_INVALID,
        "line "
            + lines
            + " is not what export prints: "
            + why
            + "; the lines before it were published");
  }

  private void eachLine(InputStream in, Line line) throws IOException {
    byte[] buffer = new byte[FIRST_BUFFER];
    int start = 0;
    int end = 0;
    try {
      int n = in.read(buffer, end, buffer.length - end);
      while (n >= 0) {
        int from = end;
        end += n;
        for (int i = from; i < end; i++) {
          if (buffer[i] == '\n') {
            take(line, buffer, start, i > start && buffer[i - 1] == '\r' ? i - 1 : i);
            start = i + 1;
          }
        }
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
        if (end == buffer.length) {
          if (end >= MAX_LINE) {
            throw new BrokerException(
                ErrorCode.MESSAGE_TOO_LARGE, "line " + (lines + 1) + " is longer than 1 GiB");
          }
          buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        if (refused()) {
          return;
        }
        n = in.read(buffer, end, buffer.length - end);
      }
      if (end > 0) {
        take(line, buffer, 0, end);
      }
    } catch (BrokerException e) {
      finish(); // what came before it has its answers first
      throw e;
    }
  }

  private void take(Line line, byte[] buffer, int from, int to) {
    lines++;
    line.take(Arrays.copyOfRange(buffer, from, to));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // answered() is told of everything
  private void publish(Publication publication) {
    long line = lines;
    lock.lock();
    try {
      pending++;
    } finally {
      lock.unlock();
    }
    emque
        .publishAsync(topic, publication)
        .whenComplete((published, e) -> answered(line, publication.payload().length, e));
  }

  private void answered(long line, int bytes, @Nullable Throwable e) {
    lock.lock();
    try {
      pending--;
      if (e == null) {
        progress.add(bytes);
      } else if (line < refusedLine) {
        refusedLine = line;
        refusal = refusal(e);
      }
      if (pending == 0) {
        answered.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private static BrokerException refusal(Throwable e) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    return cause instanceof BrokerException known
        ? known
        : new BrokerException(ErrorCode.INTERNAL, "publishing failed: " + cause);
  }

  private boolean refused() {
    lock.lock();
    try {
      return refusal != null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for every answer. */
  private void finish() {
    lock.lock();
    try {
      while (pending > 0) {
        answered.awaitUninterruptibly();
      }
      if (refusal != null) {
        throw new BrokerException(
            refusal.code(), "line " + refusedLine + " was not published: " + refusal.getMessage());
      }
    } finally {
      lock.unlock();
    }
  }

  private interface Line {
    void take(byte[] payload);
  }
}
