package io.emque.client.link;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.spi.ServerAddress;
import io.emque.frames.Handshakes;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Heartbeat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A server that answers an upgrade with anything: the client says so, and nothing worse. */
class AnswerFuzzTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Stands for what the client's key asks for. */
  private static final String ACCEPT = "ACCEPT";

  private static final String HEAD =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: "
          + ACCEPT
          + "\r\nSec-WebSocket-Protocol: emque.v1\r\n\r\n";

  private static ServerSocket server;
  private static volatile byte[] answer = {};

  @BeforeAll
  static void listen() throws Exception {
    server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(AnswerFuzzTest::serve);
  }

  @AfterAll
  static void close() throws Exception {
    server.close();
  }

  private static void serve() {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        String head = head(client);
        int key = head.indexOf("Sec-WebSocket-Key: ") + 19;
        String accept = Handshakes.accept(head.substring(key, head.indexOf('\r', key)));
        String text = new String(answer, ISO_8859_1).replace(ACCEPT, accept);
        client.getOutputStream().write(text.getBytes(ISO_8859_1));
        client.shutdownOutput();
        client.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
      } catch (IOException gone) {
        // The client has heard enough.
      }
    }
  }

  private static String head(Socket client) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = client.getInputStream().read();
      if (c < 0) {
        throw new IOException("gone");
      }
      head.append((char) c);
    }
    return head.toString();
  }

  private static List<byte[]> answers() {
    var message =
        io.emque.wire.v1.Message.newBuilder()
            .setTopic("t")
            .setEpoch("e1")
            .setPayload(ByteString.copyFromUtf8("hello"));
    byte[] delivery = Delivery.newBuilder().setMessage(message).build().toByteArray();
    byte[] heartbeat =
        Delivery.newBuilder()
            .setHeartbeat(Heartbeat.newBuilder().setTopic("t").setCursor("e1:-1"))
            .build()
            .toByteArray();
    return List.of(
        bytes(HEAD, frame(0x82, heartbeat), frame(0x82, delivery), hex("880203e8")),
        bytes(HEAD, frame(0x02, Arrays.copyOf(delivery, 5)), hex("8900")),
        bytes(HEAD, hex("8803"), "3f4".getBytes(ISO_8859_1)),
        bytes(HEAD, hex("880e03f5"), "DRAINING: bye".getBytes(ISO_8859_1)),
        bytes(HEAD, hex("820161" + "827e0080")),
        bytes("HTTP/1.1 403 No\r\nEmque-Error: FORBIDDEN\r\nContent-Length: 4\r\n\r\nno!\n"),
        bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bytes("HTTP/1.0 503 x\r\nRetry-After: 1\r\nContent-Length: 999999\r\n\r\nbusy"));
  }

  @Fuzz(
      seeds = "answers",
      runs = 300,
      words = {"\r\n", "\r\n\r\n", "HTTP/1.1 ", "101", ACCEPT, "Content-Length: ", ":", "emque.v1"})
  void answer(byte[] input) throws Exception {
    answer = input;
    var heard = new Heard();
    try {
      var options =
          new LinkOptions(LONG, LONG, SSLContext.getDefault(), false, () -> null, 1 << 20);
      var address = new ServerAddress(false, "127.0.0.1", server.getLocalPort(), null);
      try (var connection = WebSocketConnection.open(address, "/sub?topic=t", options)) {
        while (true) {
          connection.read((bytes, at, n) -> heard.take(bytes, at, n));
        }
      }
    } catch (LinkException | BrokerException told) {
      assertThat(told.getMessage()).isNotBlank();
    }
    assertThat(heard.bytes).isLessThanOrEqualTo(5L * input.length);
  }

  @Test
  void answerThatIsBelievedWithoutItsKeyWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          String text = new String(input, ISO_8859_1);
          if (text.startsWith("HTTP/1.1 101 ")) {
            assertThat(text).contains("Sec-WebSocket-Accept: " + ACCEPT + "\r\n");
          }
        };

    assertThat(FuzzLoop.finds(planted, answers(), 1_000)).isTrue();
  }

  private static byte[] frame(int first, byte[] payload) {
    return bytes("", new byte[] {(byte) first, (byte) payload.length}, payload);
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  private static byte[] bytes(String head, byte[]... parts) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(head.getBytes(ISO_8859_1));
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Takes deliveries apart, as a feed does. */
  private static final class Heard implements Feed.Sink {
    private long bytes;

    void take(byte[] array, int at, int n) {
      bytes += n;
      try {
        Deliveries.hand(array, at, n, this);
      } catch (LinkException malformed) {
        assertThat(malformed.getMessage()).isNotBlank();
      }
    }

    @Override
    public void message(Message message) {
      assertThat(message.cursor().offset()).isGreaterThanOrEqualTo(-1);
    }

    @Override
    public void gap(Gap gap) {
      assertThat(gap.topic()).isNotNull();
    }

    @Override
    public void position(Cursor cursor) {
      assertThat(cursor.epoch()).isNotEmpty();
    }

    @Override
    public void moved(Duration after) {
      assertThat(after.isNegative()).isFalse();
    }
  }
}
