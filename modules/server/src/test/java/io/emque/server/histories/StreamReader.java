package io.emque.server.histories;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.server.acceptance.Peer;
import io.emque.server.histories.Observation.Ended;
import io.emque.server.histories.Observation.Got;
import io.emque.server.histories.Observation.Missed;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what a server sends to a subscriber, by a code of its own, one event at a time. */
interface StreamReader {
  /**
   * The next event; null for one that says nothing.
   *
   * @throws IOException when the connection is lost, also in the middle of one
   */
  Observation.@Nullable Event next() throws IOException;

  /** How a stream is asked for and read. */
  enum Kind {
    SSE("sse", true) {
      @Override
      StreamReader reader(Peer peer) {
        return new Sse(peer.chunked());
      }
    },
    JSON("json", true) {
      @Override
      StreamReader reader(Peer peer) {
        InputStream in = peer.chunked();
        return () -> Text.json(Text.line(in));
      }
    },
    LINES("lines", false) {
      @Override
      StreamReader reader(Peer peer) {
        InputStream in = peer.chunked();
        return () -> new Got(null, Sent.keyOf(Text.line(in)));
      }
    },
    SOCKET("raw", false) {
      @Override
      StreamReader reader(Peer peer) {
        return () -> {
          Peer.Frame frame = peer.readMessage();
          return frame.opcode() == 8 ? Text.closed(frame) : new Got(null, Sent.keyOf(frame.text()));
        };
      }
    },
    JSON_SOCKET("json", true) {
      @Override
      StreamReader reader(Peer peer) {
        return () -> {
          var text = new ByteArrayOutputStream();
          Peer.Frame frame = peer.readMessage();
          if (frame.opcode() == 8) {
            return Text.closed(frame);
          }
          text.write(frame.payload());
          while (!frame.fin()) {
            frame = peer.readMessage();
            text.write(frame.payload());
          }
          return Text.json(text.toString(UTF_8));
        };
      }
    };

    final String format;
    final boolean resumes;

    Kind(String format, boolean resumes) {
      this.format = format;
      this.resumes = resumes;
    }

    boolean isSocket() {
      return this == SOCKET || this == JSON_SOCKET;
    }

    abstract StreamReader reader(Peer peer);
  }

  /** The forms that more than one kind has. */
  final class Text {
    private static final Pattern MESSAGE =
        Pattern.compile("\"epoch\":\"([^\"]+)\",\"offset\":(\\d+),.*\"payload\":\"([^\"]*)\"}");
    private static final Pattern GAP =
        Pattern.compile("\"expected\":\"([^\"]+)\",\"next\":\"([^\"]+)\",\"missed\":(\\d+|null)}");
    private static final Pattern CODE = Pattern.compile("\"code\":\"([A-Z_]+)\"");

    private Text() {}

    /** Up to LF; a line that was begun and not ended is none. */
    static String line(InputStream in) throws IOException {
      var line = new ByteArrayOutputStream();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new EOFException("the stream ended");
        }
        line.write(c);
      }
      return line.toString(UTF_8);
    }

    static Observation.@Nullable Event json(String line) throws IOException {
      Matcher message = MESSAGE.matcher(line);
      if (message.find()) {
        return new Got(
            new Cursor(message.group(1), Long.parseLong(message.group(2))),
            Sent.keyOf(message.group(3)));
      }
      if (line.startsWith("{\"gap\"")) {
        return gap(line);
      }
      return line.startsWith("{\"error\"") ? refusal(line) : null;
    }

    static Missed gap(String json) {
      Matcher gap = GAP.matcher(json);
      if (!gap.find()) {
        throw new IllegalArgumentException("no gap: " + json);
      }
      String count = gap.group(3);
      return new Missed(
          Cursor.parse(gap.group(1)),
          Cursor.parse(gap.group(2)),
          count.equals("null") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(count)));
    }

    /** A deleted topic is the end; after everything else a subscriber comes again. */
    static Ended refusal(String text) throws IOException {
      Matcher code = CODE.matcher(text);
      if (code.find() && code.group(1).equals(ErrorCode.TOPIC_UNKNOWN.name())) {
        return new Ended("by the server: " + code.group(1));
      }
      throw new IOException("refused: " + text);
    }

    static Ended closed(Peer.Frame close) throws IOException {
      if (close.payload().length > 2
          && close.closeReason().contains(ErrorCode.TOPIC_UNKNOWN.name())) {
        return new Ended("by the server: " + close.closeReason());
      }
      throw new IOException("closed with " + close.closeCode());
    }
  }

  /** Server-Sent Events: a blank line makes the event. */
  final class Sse implements StreamReader {
    private final InputStream in;

    Sse(InputStream in) {
      this.in = in;
    }

    @Override
    public Observation.@Nullable Event next() throws IOException {
      String event = "";
      String id = "";
      String data = null;
      for (String line = Text.line(in); !line.isEmpty(); line = Text.line(in)) {
        if (line.startsWith("event: ")) {
          event = line.substring(7);
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("data: ")) {
          data = data == null ? line.substring(6) : data + "\n" + line.substring(6);
        }
      }
      if (data == null) {
        return null;
      }
      return switch (event) {
        case "" -> new Got(Cursor.parse(id), Sent.keyOf(data));
        case "gap" -> Text.gap(data);
        case "refused" -> Text.refusal(data);
        default -> null;
      };
    }
  }
}
