package io.emque.testkit.network;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultProxyTest {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int SHORT_MILLIS = 200; // for what must not come

  private ServerSocket server;
  private FaultProxy proxy;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    proxy = FaultProxy.before(server.getLocalPort());
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    server.close();
  }

  @Test
  void goodLinePassesEverythingBothWaysAndItsEnds() throws IOException {
    try (Pair pair = pair(Line.GOOD)) {
      pair.client.getOutputStream().write(bytes("to the server"));
      pair.server.getOutputStream().write(bytes("to the client"));
      pair.client.shutdownOutput();

      assertThat(new String(pair.server.getInputStream().readAllBytes(), US_ASCII))
          .isEqualTo("to the server");
      pair.server.getOutputStream().write(bytes(", still"));
      pair.server.close();
      assertThat(new String(pair.client.getInputStream().readAllBytes(), US_ASCII))
          .isEqualTo("to the client, still");
    }
    await().untilAsserted(() -> assertThat(proxy.connections()).isZero());
  }

  @Test
  void everyLinePassesTheSameBytesInTheSameOrder() throws Exception {
    Line[] lines = {
      Line.GOOD.latency(Duration.ofMillis(5)),
      Line.GOOD.split(7),
      Line.GOOD.merged(Duration.ofMillis(5)),
      Line.GOOD.bandwidth(2_000_000),
      Line.GOOD.latency(Duration.ofMillis(2)).split(1_000).merged(Duration.ofMillis(1)),
    };
    var sent = new byte[100_000];
    new Random(1).nextBytes(sent);
    for (Line line : lines) {
      try (Pair pair = pair(line)) {
        var sending =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    pair.client.getOutputStream().write(sent);
                    pair.client.shutdownOutput();
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });

        assertThat(pair.server.getInputStream().readAllBytes()).as("%s", line).isEqualTo(sent);
        sending.get();
      }
    }
  }

  @Test
  void latencyHoldsBytesBack() throws IOException {
    Duration latency = Duration.ofMillis(300);
    try (Pair pair = pair(Line.GOOD.latency(latency))) {
      long began = System.nanoTime();
      pair.client.getOutputStream().write(1);

      assertThat(pair.server.getInputStream().read()).isEqualTo(1);
      assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(latency.toNanos());
    }
  }

  @Test
  void slowDripTakesItsTime() throws IOException {
    try (Pair pair = pair(Line.GOOD.drip(20))) {
      long began = System.nanoTime();
      pair.client.getOutputStream().write(bytes("abcdef"));

      assertThat(pair.server.getInputStream().readNBytes(6)).isEqualTo(bytes("abcdef"));
      assertThat(System.nanoTime() - began)
          .isGreaterThanOrEqualTo(Duration.ofMillis(200).toNanos());
    }
  }

  @Test
  void mergedPiecesArriveTogether() throws IOException {
    try (Pair pair = pair(Line.GOOD.merged(Duration.ofSeconds(1)))) {
      pair.client.setTcpNoDelay(true);
      for (byte each : bytes("abc")) {
        pair.client.getOutputStream().write(each);
      }

      var piece = new byte[10];
      int count = pair.server.getInputStream().read(piece);

      assertThat(Arrays.copyOf(piece, count)).isEqualTo(bytes("abc"));
    }
  }

  @Test
  void resetComesAtTheByteAsked() throws IOException {
    try (Pair pair = pair(Line.GOOD.resetAt(Direction.TO_CLIENT, 5))) {
      pair.server.getOutputStream().write(bytes("12345678"));

      InputStream in = pair.client.getInputStream();
      assertThat(in.readNBytes(5)).isEqualTo(bytes("12345"));
      assertThatThrownBy(in::read).isInstanceOf(SocketException.class);
      assertThatThrownBy(() -> pair.server.getInputStream().read())
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void halfCloseEndsOneDirectionAlone() throws IOException {
    try (Pair pair = pair(Line.GOOD.halfCloseAt(Direction.TO_CLIENT, 3))) {
      pair.server.getOutputStream().write(bytes("12345"));

      assertThat(pair.client.getInputStream().readAllBytes()).isEqualTo(bytes("123"));
      pair.client.getOutputStream().write(bytes("are you there?"));
      assertThat(pair.server.getInputStream().readNBytes(14)).isEqualTo(bytes("are you there?"));
    }
  }

  @Test
  void stallAtAByteIsSilentWithoutAnEnd() throws IOException {
    try (Pair pair = pair(Line.GOOD.stallAt(Direction.TO_SERVER, 2))) {
      pair.client.getOutputStream().write(bytes("1234"));

      InputStream in = pair.server.getInputStream();
      assertThat(in.readNBytes(2)).isEqualTo(bytes("12"));
      assertSilent(pair.server);
      pair.server.getOutputStream().write(7);
      assertThat(pair.client.getInputStream().read()).as("the other direction").isEqualTo(7);
    }
  }

  @Test
  void stalledNetworkDeliversAllWhenItGoesOn() throws IOException {
    try (Pair pair = pair(Line.GOOD)) {
      proxy.stall();
      pair.client.getOutputStream().write(bytes("later"));
      assertSilent(pair.server);

      proxy.resume();

      assertThat(pair.server.getInputStream().readNBytes(5)).isEqualTo(bytes("later"));
    }
  }

  @Test
  void stalledReceiverIsFeltByTheSender() throws Exception {
    try (Pair pair = pair(Line.GOOD)) {
      proxy.stall();
      var sending =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  pair.client.getOutputStream().write(new byte[64 << 20]);
                  return "all of it";
                } catch (IOException e) {
                  return "cut";
                }
              });

      proxy.cut();

      assertThat(sending.get()).isEqualTo("cut");
    }
  }

  @Test
  void cutResetsAllAndNewOnesAreTaken() throws IOException {
    try (Pair one = pair(Line.GOOD);
        Pair other = pair(Line.GOOD)) {
      assertThat(proxy.cut()).isEqualTo(2);

      for (Socket socket : new Socket[] {one.client, one.server, other.client, other.server}) {
        assertThatThrownBy(() -> socket.getInputStream().read())
            .isInstanceOf(SocketException.class);
      }
      assertThat(proxy.connections()).isZero();
      pair(Line.GOOD).close();
    }
  }

  @Test
  void refusedConnectionsEndAtOnceAndLeaveOthersAlone() throws IOException {
    try (Pair before = pair(Line.GOOD)) {
      proxy.refuse(true);
      try (Socket refused = connect()) {
        assertThatThrownBy(() -> refused.getInputStream().read())
            .isInstanceOf(SocketException.class);
      }
      before.client.getOutputStream().write(3);
      assertThat(before.server.getInputStream().read()).isEqualTo(3);

      proxy.refuse(false);
      pair(Line.GOOD).close();
    }
  }

  @Test
  void absentServerResetsTheClient() throws IOException {
    server.close();
    try (Socket client = connect()) {
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void resetOfOneSideIsPassedOn() throws IOException {
    try (Pair pair = pair(Line.GOOD)) {
      pair.server.setSoLinger(true, 0);
      pair.server.close();

      assertThatThrownBy(() -> pair.client.getInputStream().read())
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void linesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> Line.GOOD.split(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> Line.GOOD.latency(Duration.ofMillis(-1)))
        .hasMessageContaining("latency");
    assertThatThrownBy(() -> Line.GOOD.resetAt(Direction.TO_CLIENT, -5)).hasMessageContaining("-5");
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SHORT_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  private Pair pair(Line line) throws IOException {
    proxy.line(line);
    Socket client = connect();
    Socket accepted = server.accept();
    accepted.setSoTimeout(PATIENCE_MILLIS);
    return new Pair(client, accepted);
  }

  private Socket connect() throws IOException {
    var client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    client.setSoTimeout(PATIENCE_MILLIS);
    return client;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private record Pair(Socket client, Socket server) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }
}
