package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Subscribers that come and go leave nothing behind, though no message is ever published. The
 * broker this one succeeds kept a thread and a socket for each client that had gone.
 */
@Timeout(240)
class ChurnTest {
  private static final int CYCLES = 10_000;
  private static final int ABRUPT = 200;
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");

  @TempDir Path folder;

  @Test
  void cyclesAndAbruptEndsLeaveNoThreadSocketTopicOrHeap() throws Exception {
    var threads = new Threads(folder);
    try (var server = TestServer.plain()) {
      for (int i = 0; i < 500; i++) {
        cycle(server.port(), i);
      }
      awaitNobody(server);
      long settled = threads.settled();
      long sockets = sockets();
      long heap = usedHeap();

      for (int i = 0; i < CYCLES; i++) {
        cycle(server.port(), i);
      }
      abruptEnds(server);

      awaitNobody(server);
      threads.awaitBack(settled);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(sockets()).isLessThanOrEqualTo(sockets + 3));
      assertThat(usedHeap() - heap).isLessThan(4L << 20);
    }
  }

  @Test
  void goneClientsAreNoticedWithinASecondOnASilentTopic() throws Exception {
    try (var server = TestServer.plain()) {
      for (String kind : new String[] {"ws", "sse", "json", "lines", "raw"}) {
        for (boolean reset : new boolean[] {false, true}) {
          Peer peer = subscribe(server.port(), kind, "quiet");
          assertThat(server.broker().stats().subscribers()).isEqualTo(1);

          if (reset) {
            peer.abort();
          } else {
            peer.close();
          }

          await(kind + (reset ? " RST" : " FIN"))
              .atMost(Duration.ofSeconds(1))
              .pollInterval(Duration.ofMillis(5))
              .untilAsserted(() -> assertThat(server.broker().stats().subscribers()).isZero());
        }
      }
    }
  }

  private static void cycle(int port, int i) throws IOException {
    String[] kinds = {"ws", "sse", "json"};
    try (var peer = subscribe(port, kinds[i % kinds.length], "churn" + i % 7)) {
      if (i % 2 == 0 && i % kinds.length == 0) {
        peer.send(Peer.frame(8, new byte[] {3, (byte) 0xE8}));
        assertThat(peer.readMessage().closeCode()).isEqualTo(1000);
      }
    }
  }

  private static Peer subscribe(int port, String kind, String topic) throws IOException {
    if (kind.equals("ws")) {
      return Peer.webSocket(port, "/sub?topic=" + topic);
    }
    Peer peer = Peer.connect(port);
    peer.sendHead("GET /sub?format=" + kind + "&topic=" + topic + " HTTP/1.1", new String[0]);
    assertThat(peer.readHead().status()).isEqualTo(200);
    return peer;
  }

  private static void abruptEnds(TestServer server) throws IOException {
    var peers = new ArrayList<Peer>();
    for (int i = 0; i < ABRUPT; i++) {
      peers.add(subscribe(server.port(), i % 2 == 0 ? "ws" : "sse", "silent"));
    }
    assertThat(server.broker().topic("silent").orElseThrow().subscribers()).hasSize(ABRUPT);
    for (Peer peer : peers) {
      peer.abort();
    }
  }

  private static void awaitNobody(TestServer server) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              assertThat(server.broker().stats().subscribers()).isZero();
              assertThat(server.broker().stats().topics()).isZero();
            });
  }

  private static long sockets() throws IOException {
    try (var files = Files.list(OPEN_FILES)) {
      return files
          .filter(
              file -> {
                try {
                  return Files.readSymbolicLink(file).toString().startsWith("socket:");
                } catch (IOException gone) {
                  return false;
                }
              })
          .count();
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      runtime.gc();
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }
}
