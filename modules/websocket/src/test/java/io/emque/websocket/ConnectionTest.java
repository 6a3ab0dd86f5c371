package io.emque.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.frames.CloseCodes;
import io.helidon.common.buffers.BufferData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writing from many threads, and every kind of end, over real sockets. */
@Timeout(60)
class ConnectionTest {
  private final TestServer server = TestServer.plain();

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void framesOfManyThreadsArriveWhole() throws Exception {
    int threads = 8;
    int each = 1_000;
    try (var client = server.client()) {
      WebSocketSession session = server.open(client);
      var running = new ArrayList<Thread>();
      for (int t = 0; t < threads; t++) {
        int id = t;
        running.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (int i = 0; i < each; i++) {
                        var payload = new byte[1 + (i * 37 + id) % 3_000];
                        Arrays.fill(payload, (byte) id);
                        session.send(BufferData.create(payload), true);
                        if (i % 10 == 0) {
                          session.ping(BufferData.create(new byte[] {(byte) id}));
                        }
                      }
                    }));
      }

      int messages = 0;
      int pings = 0;
      while (messages < threads * each) {
        TestClient.Frame frame = client.frame();
        for (byte b : frame.payload()) {
          assertThat(b).isEqualTo(frame.payload()[0]);
        }
        if (frame.opcode() == 2) {
          messages++;
        } else {
          assertThat(frame.opcode()).isEqualTo(9);
          pings++;
        }
      }

      assertThat(pings).isPositive();
      for (Thread thread : running) {
        thread.join();
      }
    }
  }

  @Test
  void abortFreesAWriteThatThePeerStalls() throws Exception {
    try (var client = server.client(4_096)) {
      WebSocketSession session = server.open(client);
      var freed = new LinkedBlockingQueue<Boolean>();
      Thread.ofVirtual()
          .start(
              () -> {
                var much = new byte[32 << 20];
                try {
                  session.write(much, 0, much.length);
                  freed.add(false);
                } catch (RuntimeException broken) {
                  freed.add(true);
                }
              });
      await().until(() -> client.available() > 0); // the write has begun

      session.close(1013, "SLOW_CONSUMER"); // cannot be sent behind half a frame: resets

      assertThat(freed.poll(10, TimeUnit.SECONDS)).isTrue();
      assertThat(server.ends.poll(10, TimeUnit.SECONDS)).startsWith("1006");
      assertThat(session.isOpen()).isFalse();
      assertThat(session.write(new byte[1], 0, 1)).isFalse();
    }
  }

  @Test
  void peerThatDoesNotAnswerACloseIsCutOff() throws Exception {
    try (var client = server.client()) {
      WebSocketSession session = server.open(client);

      session.close(1012, "€".repeat(60));

      TestClient.Frame close = client.frame();
      assertThat(close.opcode()).isEqualTo(8);
      assertThat(close.payload()).hasSize(2 + 123);
      assertThat(new String(close.payload(), 2, 123, UTF_8)).isEqualTo("€".repeat(41));
      assertThat(client.ends()).isTrue();
      assertThat(server.ends.poll(10, TimeUnit.SECONDS)).startsWith("1006");
      assertThat(server.ends).isEmpty();
    }
  }

  @Test
  void listenerThatThrowsEndsTheConnectionWith1011AndIsToldOnce() throws Exception {
    try (var client = server.client()) {
      server.open(client);

      client.send(new byte[] {(byte) 0x81, (byte) 0x84, 0, 0, 0, 0, 'o', 'o', 'p', 's'});

      TestClient.Frame close = client.frame();
      assertThat(close.opcode()).isEqualTo(8);
      assertThat(close.payload()).startsWith(1011 >>> 8, 1011 & 0xff);
      assertThat(server.ends.poll(10, TimeUnit.SECONDS)).startsWith("error");
      assertThat(server.ends).isEmpty();
    }
  }

  @Test
  void closeOfThePeerIsEchoedWithItsCodeAndToldOnce() throws Exception {
    try (var client = server.client()) {
      server.open(client);

      client.frame(0x88, new byte[] {4001 >>> 8, (byte) 4001, 'b', 'y', 'e'});

      assertThat(client.frame().payload())
          .isEqualTo(new byte[] {4001 >>> 8, (byte) 4001, 'b', 'y', 'e'});
      assertThat(client.ends()).isTrue();
      assertThat(server.ends.poll(10, TimeUnit.SECONDS)).isEqualTo("4001 bye");
      assertThat(server.ends).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void peerThatIsGoneIsNoticedAtOnce(boolean reset) throws Exception {
    var client = server.client();
    WebSocketSession session = server.open(client);

    if (reset) {
      client.reset();
    } else {
      client.close();
    }

    assertThat(server.ends.poll(10, TimeUnit.SECONDS)).startsWith("1006");
    assertThat(session.isOpen()).isFalse();
  }

  @Test
  void stoppedServerSaysThatItRestarts() throws Exception {
    try (var client = server.client()) {
      server.open(client);

      Thread stopping = Thread.ofVirtual().start(server::close);

      assertThat(client.frame().payload()).isEqualTo(CloseCodes.payload(1012, "DRAINING"));
      client.frame(0x88, new byte[] {1012 >>> 8, (byte) 1012});
      assertThat(client.ends()).isTrue();
      stopping.join();
      assertThat(server.ends.poll(10, TimeUnit.SECONDS)).startsWith("1012");
    }
  }

  @Test
  void abortLeavesNoInterruptBehind() throws Exception {
    try (var client = server.client(4_096)) {
      WebSocketSession session = server.open(client);
      var interrupted = new LinkedBlockingQueue<Boolean>();
      Thread.ofVirtual()
          .start(
              () -> {
                var much = new byte[32 << 20];
                try {
                  session.write(much, 0, much.length);
                } catch (RuntimeException broken) {
                  interrupted.add(Thread.currentThread().isInterrupted());
                }
              });
      await().until(() -> client.available() > 0);

      session.abort();

      assertThat(interrupted.poll(10, TimeUnit.SECONDS)).isFalse();
    }
  }

  @Test
  void abortFreesAPlatformThreadToo() throws Exception {
    try (var client = server.client(4_096)) {
      WebSocketSession session = server.open(client);
      var freed = new LinkedBlockingQueue<Boolean>();
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                var much = new byte[32 << 20];
                try {
                  session.write(much, 0, much.length);
                } catch (RuntimeException broken) {
                  freed.add(true);
                }
              });
      await().until(() -> client.available() > 0);

      session.abort();

      assertThat(freed.poll(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void idleConnectionHoldsNoReceiveBuffer() throws Exception {
    int connections = 200;
    var clients = new ArrayList<TestClient>();
    try {
      clients.add(server.client());
      deliver(clients.getFirst()); // what the first one loads does not count
      long before = usedHeap();

      for (int i = 0; i < connections; i++) {
        TestClient client = server.client();
        clients.add(client);
        deliver(client);
      }

      // Helidon's own 8 KiB, the thread, the client here; a kept message would be 60 KB more.
      await().until(() -> (usedHeap() - before) / connections < 40_000);
    } finally {
      for (TestClient client : clients) {
        client.close();
      }
    }
  }

  /** Sends 60 KB, and waits until the server has taken them. */
  private void deliver(TestClient client) throws Exception {
    server.open(client);
    byte[] message = TestClient.masked(0x82, new byte[60_000]);
    byte[] ping = TestClient.masked(0x89, new byte[0]);
    byte[] both = Arrays.copyOf(message, message.length + ping.length);
    System.arraycopy(ping, 0, both, message.length, ping.length);
    client.send(both); // the ping comes into the message's buffer
    assertThat(client.frame().opcode()).isEqualTo(10);
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
