package io.emque.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.common.buffers.BufferData;
import io.helidon.websocket.WsSession;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a {@link FrameListener} is told, and in what order. */
@Timeout(60)
class FrameListenerTest {
  private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final TestServer server = TestServer.listening(Recorder::new);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void framesOfOneReadAreOneBatch() throws Exception {
    try (var client = server.client()) {
      var burst = new ByteArrayOutputStream();
      burst.writeBytes(upgrade());
      for (int i = 0; i < 50; i++) {
        burst.writeBytes(TestClient.masked(0x82, Integer.toString(i).getBytes(UTF_8)));
      }

      client.send(burst.toByteArray());

      for (int i = 0; i < 50; i++) {
        assertThat(next()).isEqualTo("binary " + i);
      }
      assertThat(next()).isEqualTo("end of batch");
    }
  }

  @Test
  void piecesOfALongTextComeBeforeItsEnd() throws Exception {
    try (var client = server.client()) {
      client.send(upgrade());
      assertThat(client.head()).startsWith("HTTP/1.1 101");
      byte[] frame = TestClient.masked(0x81, "beginning and end".getBytes(UTF_8));

      client.send(Arrays.copyOf(frame, 6 + 9));

      assertThat(nextFrame()).isEqualTo("text beginning...");
      client.send(Arrays.copyOfRange(frame, 6 + 9, frame.length));
      assertThat(nextFrame()).isEqualTo("text  and end");
    }
  }

  @Test
  void batchEndsBeforeACloseThatCameBehindIt() throws Exception {
    try (var client = server.client()) {
      var burst = new ByteArrayOutputStream();
      burst.writeBytes(upgrade());
      burst.writeBytes(TestClient.masked(0x82, "answer".getBytes(UTF_8)));
      burst.writeBytes(TestClient.masked(0x88, new byte[] {1000 >>> 8, (byte) 1000}));

      client.send(burst.toByteArray());

      assertThat(next()).isEqualTo("binary answer");
      assertThat(next()).isEqualTo("end of batch");
      assertThat(next()).isEqualTo("closed 1000");
      assertThat(client.head()).startsWith("HTTP/1.1 101");
      assertThat(client.frame().payload()).isEqualTo("answered".getBytes(UTF_8));
      assertThat(client.frame().opcode()).isEqualTo(8);
    }
  }

  @Test
  void batchEndsBeforeAFaultThatCameBehindIt() throws Exception {
    try (var client = server.client()) {
      var burst = new ByteArrayOutputStream();
      burst.writeBytes(upgrade());
      burst.writeBytes(TestClient.masked(0x82, "answer".getBytes(UTF_8)));
      burst.writeBytes(TestClient.masked(0x83, new byte[0]));

      client.send(burst.toByteArray());

      assertThat(next()).isEqualTo("binary answer");
      assertThat(next()).isEqualTo("end of batch");
      assertThat(next()).isEqualTo("closed 1002");
      assertThat(client.head()).startsWith("HTTP/1.1 101");
      assertThat(client.frame().payload()).isEqualTo("answered".getBytes(UTF_8));
      assertThat(client.frame().payload()).startsWith(1002 >>> 8, 1002 & 0xff);
    }
  }

  private static byte[] upgrade() {
    return ("GET /ws HTTP/1.1\r\nHost: x\r\n" + TestClient.UPGRADE + "\r\n").getBytes(ISO_8859_1);
  }

  private String next() throws InterruptedException {
    return events.poll(10, TimeUnit.SECONDS);
  }

  private String nextFrame() throws InterruptedException {
    String event = next();
    while ("end of batch".equals(event)) {
      event = next();
    }
    return event;
  }

  private final class Recorder implements FrameListener {
    private boolean answer;

    @Override
    public void onFrame(
        WebSocketSession session,
        byte[] array,
        int offset,
        int length,
        boolean text,
        boolean last) {
      String payload = new String(array, offset, length, UTF_8);
      answer |= payload.equals("answer");
      events.add((text ? "text " : "binary ") + payload + (last ? "" : "..."));
    }

    @Override
    public void onBatchEnd(WebSocketSession session) {
      events.add("end of batch");
      if (answer) {
        answer = false;
        session.send(BufferData.create("answered".getBytes(UTF_8)), true);
      }
    }

    @Override
    public void onClose(WsSession session, int status, String reason) {
      events.add("closed " + status);
    }
  }
}
