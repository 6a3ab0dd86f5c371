package io.emque.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.ErrorCode;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.http.Status;
import java.time.Duration;

/** The one answer of a connection that may not stay. */
final class Refusal {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private Refusal() {}

  /** Says why, once the client has asked for something: else it would not read the answer. */
  static void write(ConnectionWatch watch, ErrorCode code, String why) {
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
      DataWriter out = watch.context().dataWriter();
      if (code == ErrorCode.OVERLOADED) {
        asked.ensureAvailable();
        out.writeNow(BufferData.create(watch.http2() ? Http2Refusal.of(why) : answer(code, why)));
        return;
      }
      if (watch.http2()) {
        out.writeNow(BufferData.create(Http2Refusal.begin())); // some clients wait for it
        int stream = Http2Refusal.awaitRequest(asked);
        out.writeNow(BufferData.create(Http2Refusal.of(stream, code, why)));
      } else {
        asked.ensureAvailable();
        out.writeNow(BufferData.create(answer(code, why)));
      }
      awaitEnd(asked);
    } finally {
      timer.interrupt();
    }
  }

  /** Closing with bytes unread would reset the connection before the answer is seen. */
  private static void awaitEnd(DataReader rest) {
    while (true) {
      rest.ensureAvailable(); // throws at the end
      rest.skip(rest.available());
    }
  }

  private static byte[] answer(ErrorCode code, String why) {
    byte[] line = (why + "\n").getBytes(UTF_8);
    String more =
        code == ErrorCode.UNAUTHENTICATED
            ? Names.CHALLENGE.defaultCase() + ": Certificate realm=\"emque\"\r\n"
            : "Retry-After: 1\r\n";
    return ("HTTP/1.1 "
            + Status.create(code.httpStatus()).text()
            + "\r\nConnection: close\r\n"
            + more
            + Names.ERROR.defaultCase()
            + ": "
            + code
            + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + line.length
            + "\r\n\r\n"
            + why
            + "\n")
        .getBytes(UTF_8);
  }
}
