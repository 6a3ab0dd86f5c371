package io.emque.server.fuzz;

import static io.emque.server.fuzz.Samples.hex;
import static io.emque.server.fuzz.Samples.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.SlowPolicy;
import io.emque.engine.EngineOptions;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import io.emque.transport.http.HttpOptions;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever is sent, the server ends the connection when the client has ended, writes no warning,
 * says of no answer that it was its own fault, and answers the next one who comes.
 */
class PortFuzzTest {
  private static final Pattern LINE =
      Pattern.compile("[0-9.]+ - - \\[[^]]+] \"[^\"\\x00-\\x1f\\x7f]*\" [0-9]{3} [0-9]+");

  private static EmqueServer server;
  private static Warnings warnings;
  private static int tries;

  @BeforeAll
  static void start() throws Exception {
    warnings = Warnings.collect();
    server =
        EmqueServer.start(
            ServerOptions.DEFAULT
                .listen("127.0.0.1", 0)
                .tls(TlsOptions.OFF)
                .http(http())
                .engine(EngineOptions.DEFAULT.maxMessageBytes(64 * 1024)));
  }

  /** An access log, whose lines nobody can forge. */
  private static HttpOptions http() {
    return new HttpOptions(
        Duration.ofSeconds(15),
        SlowPolicy.SKIP,
        false,
        List.of(),
        line -> {
          if (!LINE.matcher(line).matches()) {
            warnings.add("access log: " + line);
          }
        },
        false);
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      assertThat(Visit.answer(server.port())).startsWith("HTTP/1.1 200");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.broker().stats().subscribers() == 0);
      assertThat(warnings.taken()).isEmpty();
    } finally {
      server.close();
      warnings.close();
    }
  }

  /** How the client behaves, a byte; then what it sends. */
  private static void visit(byte how, byte[] bytes) throws Exception {
    byte[] answer = Visit.of(server.port(), how, bytes);
    assertThat(text(answer)).doesNotContain("HTTP/1.1 500");
    assertThat(warnings.taken()).isEmpty();
    if (++tries % 16 == 0) {
      assertThat(Visit.answer(server.port())).startsWith("HTTP/1.1 200");
    }
  }

  @Fuzz(
      seeds = "requests",
      runs = 40,
      words = {
        "\r\n",
        "\r\n\r\n",
        "HTTP/1.1",
        "HTTP/2.0",
        "Host: x\r\n",
        "%",
        "?topic=x",
        "&format=sse",
        "&from=earliest",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: ",
        "Expect: 100-continue",
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "GET ",
        "POST ",
        "HEAD ",
        "DELETE ",
        "Emque-Id: ",
        "Emque-Header-",
        "Origin: ",
        ":",
        "0\r\n\r\n",
        "\u0000",
        "/../",
        "*",
        "#"
      })
  void http1(byte[] input) throws Exception {
    if (input.length > 0) {
      visit(input[0], java.util.Arrays.copyOfRange(input, 1, input.length));
    }
  }

  private static List<byte[]> requests() {
    return Samples.requests();
  }

  /** The upgrade is good; frames follow. */
  @Fuzz(seeds = "frames", runs = 40)
  void webSocket(byte[] input) throws Exception {
    var choices = new Choices(input);
    byte how = (byte) choices.octet();
    String target =
        choices.pick(
            "/pub?topic=ws", "/sub?topic=ws&from=earliest", "/pub", "/sub?topic=ws&format=json");
    String protocol = choices.pick("", "Sec-WebSocket-Protocol: emque.v1\r\n");
    var all = new ByteArrayOutputStream();
    all.writeBytes(Samples.upgrade(target, protocol));
    all.writeBytes(choices.rest());
    visit(how, all.toByteArray());
  }

  private static List<byte[]> frames() {
    return Samples.frames();
  }

  /** Bytes of a connection of HTTP/2, whatever they have become. */
  @Fuzz(seeds = "connections", runs = 40)
  void http2(byte[] input) throws Exception {
    if (input.length > 0) {
      visit(input[0], java.util.Arrays.copyOfRange(input, 1, input.length));
    }
  }

  private static List<byte[]> connections() {
    return Samples.connections();
  }

  /** Frames whose lengths are right, of any kind, in any order. */
  @Fuzz(seeds = "kinds", runs = 40)
  void http2Frames(byte[] input) throws Exception {
    var choices = new Choices(input);
    byte how = (byte) choices.octet();
    var all = new ByteArrayOutputStream();
    all.writeBytes(Samples.preface());
    for (int i = 0; i < 40 && !choices.isOver(); i++) {
      int type = choices.below(11);
      int flags = choices.octet() & choices.pick(0xff, 0x05, 0x04, 0x01);
      int stream = choices.pick(0, 1, 1, 3, 5, 2, Integer.MAX_VALUE);
      byte[] payload =
          type == 1 && choices.flag() ? Samples.headers(choices.octet()) : choices.bytes(200);
      all.writeBytes(Samples.frame(type, flags, stream, payload));
    }
    visit(how, all.toByteArray());
  }

  private static List<byte[]> kinds() {
    return List.of(
        hex("00" + "010400010180" + "000100000568656c6c6f" + "0600000008" + "0102030405060708"),
        hex("00" + "0105000101" + "00" + "0301000104" + "00000008" + "08000000" + "047fffffff"),
        hex("00" + "0400000000" + "06" + "000400000001" + "0700000008" + "0000000000000002"));
  }

  /** Calls of gRPC: the head is good, the body is anything. */
  @Fuzz(seeds = "calls", runs = 40)
  void grpc(byte[] input) throws Exception {
    var choices = new Choices(input);
    byte how = (byte) choices.octet();
    var all = new ByteArrayOutputStream();
    all.writeBytes(Samples.preface());
    int calls = 1 + choices.below(3);
    for (int i = 0; i < calls; i++) {
      int stream = 2 * i + 1;
      all.writeBytes(Samples.frame(1, 4, stream, Samples.call(choices.below(8))));
      byte[] body = choices.bytes(300);
      all.writeBytes(Samples.frame(0, choices.flag() ? 1 : 0, stream, body));
    }
    visit(how, all.toByteArray());
  }

  private static List<byte[]> calls() {
    return Samples.calls();
  }

  @Test
  void serverThatBelievesAChunkSizeWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          String request = text(input);
          int at = request.indexOf("chunked\r\n\r\n");
          if (at >= 0) {
            int size = Samples.hexDigits(request.substring(at + 11));
            assertThat(size).isLessThan(1 << 20); // it would be allocated
          }
        };

    assertThat(FuzzLoop.finds(planted, requests(), 20_000)).isTrue();
  }
}
