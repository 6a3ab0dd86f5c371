package io.emque.cli.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Bodies cut at every place. */
class BodyMessagesTest {
  private static final int MOST_CUT = 150; // more than a message and what is round it

  @Test
  void rawPayloadsAreFoundHoweverTheyAreCut() throws IOException {
    var body = new ByteArrayOutputStream();
    var sender = new Heard(Heard.OPTIONS);
    for (int i = 0; i < 5; i++) {
      body.write(sender.message(0, i));
    }

    for (int cut = 1; cut <= MOST_CUT; cut++) {
      var heard = new Heard(Heard.OPTIONS);
      feed(heard, new RawMessages(64), body.toByteArray(), cut);
      heard.assertCounts(5, Listener.Faults.NONE);
    }
  }

  @Test
  void eventsAreFoundHoweverTheyAreCut() throws IOException {
    var body = new ByteArrayOutputStream();
    var sender = new Heard(Heard.OPTIONS);
    body.write("id: epoch:-1\n\n: heartbeat that is longer than a stamp\n\n".getBytes(US_ASCII));
    for (int i = 0; i < 5; i++) {
      body.write(("id: an-epoch-that-is-long:" + i + "\ndata: ").getBytes(US_ASCII));
      body.write(sender.message(0, i));
      body.write("\n\n".getBytes(US_ASCII));
    }

    for (int cut = 1; cut <= MOST_CUT; cut++) {
      var heard = new Heard(Heard.OPTIONS);
      feed(heard, new EventMessages(64), body.toByteArray(), cut);
      heard.assertCounts(5, Listener.Faults.NONE);
    }
  }

  /** In pieces of {@code size} bytes, what was not used up before each. */
  private static void feed(Heard heard, BodyMessages messages, byte[] body, int size) {
    byte[] buffer = new byte[body.length];
    int from = 0;
    int to = 0;
    for (int at = 0; at < body.length; at += size) {
      int n = Math.min(size, body.length - at);
      System.arraycopy(body, at, buffer, to, n);
      to += n;
      heard.listener.begin(Times.micros());
      from = messages.parse(buffer, from, to, heard.listener);
      heard.listener.end();
    }
  }

  @Test
  void chunksAreTakenOutHoweverTheyAreCut() throws IOException {
    byte[] chunked = "5\r\nhello\r\n1;x=y\r\n \r\nA\r\n0123456789\r\n".getBytes(US_ASCII);

    for (int size = 1; size <= chunked.length; size++) {
      var chunks = new Chunks();
      var body = new StringBuilder();
      for (int at = 0; at < chunked.length; at += size) {
        byte[] piece = Arrays.copyOfRange(chunked, at, Math.min(chunked.length, at + size));
        body.append(new String(piece, 0, chunks.decode(piece, 0, piece.length), US_ASCII));
      }
      assertThat(body).hasToString("hello 0123456789");
    }
  }

  @Test
  void lastChunkIsTheEnd() throws IOException {
    var chunks = new Chunks();
    byte[] last = "1\r\nx\r\n0\r\n\r\n".getBytes(US_ASCII);

    assertThatThrownBy(() -> chunks.decode(last, 0, last.length))
        .isInstanceOf(EOFException.class)
        .hasMessage("ended by the server");
  }
}
