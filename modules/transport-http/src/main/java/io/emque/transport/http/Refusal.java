package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.ErrorCode;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import java.time.Duration;

/** The one answer of a connection that may not stay: 503, or over HTTP/2 a GOAWAY. */
final class Refusal {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int GOAWAY = 7; // RFC 9113, section 6.8
  private static final int ENHANCE_YOUR_CALM = 0xb;
  private static final int SETTINGS = 4;

  private Refusal() {}

  /** Says why, once the client has asked for something: else it would not read the answer. */
  static void write(ConnectionWatch watch, String why) {
    Thread reader = Thread.currentThread();
    Thread timer =
        Thread.ofVirtual()
            .name("emque-refusal")
            .start(
                () -> {
                  try {
                    Thread.sleep(PATIENCE);
                    reader.interrupt();
                  } catch (InterruptedException written) {
                    Thread.currentThread().interrupt();
                  }
                });
    try {
      DataReader asked = watch.context().dataReader();
      asked.ensureAvailable();
      DataWriter out = watch.context().dataWriter();
      out.writeNow(BufferData.create(watch.http2() ? goAway(why) : answer(why)));
    } finally {
      timer.interrupt();
    }
  }

  private static byte[] answer(String why) {
    byte[] line = (why + "\n").getBytes(UTF_8);
    return ("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
            + Names.ERROR.defaultCase()
            + ": "
            + ErrorCode.OVERLOADED
            + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + line.length
            + "\r\n\r\n"
            + why
            + "\n")
        .getBytes(UTF_8);
  }

  private static byte[] goAway(String why) {
    byte[] words = (ErrorCode.OVERLOADED + ": " + why).getBytes(US_ASCII);
    BufferData frames = BufferData.growing(64 + words.length);
    head(frames, 0, SETTINGS);
    head(frames, 8 + words.length, GOAWAY);
    frames.writeInt32(0); // no request is taken
    frames.writeInt32(ENHANCE_YOUR_CALM);
    frames.write(words);
    return frames.readBytes();
  }

  private static void head(BufferData frames, int length, int type) {
    frames.writeInt24(length);
    frames.writeInt8(type);
    frames.writeInt8(0); // no flags
    frames.writeInt32(0); // the connection
  }
}
