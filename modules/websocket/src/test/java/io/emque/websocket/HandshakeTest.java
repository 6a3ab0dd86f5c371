package io.emque.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The opening handshake, and how HTTP routing sees it. */
@Timeout(60)
class HandshakeTest {
  private final TestServer server = TestServer.plain();

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "WebSocket", "WEBSOCKET", "wEbSoCkEt"})
  void everySpellingOfTheProtocolIsUpgraded(String spelling) throws Exception {
    try (var client = server.client()) {
      client.request(
          "/ws", TestClient.UPGRADE.replace("Upgrade: websocket", "Upgrade: " + spelling));

      assertThat(client.head()).startsWith("HTTP/1.1 101").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      assertThat(server.filtered.get()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Sec-WebSocket-Version: 13, Sec-WebSocket-Version: 8, 400",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, X-Other: 1, 400",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, Sec-WebSocket-Key: Emque, 101",
    "Connection: Upgrade, 'Connection: keep-alive, upgrade', 101",
    "Connection: Upgrade, Connection: keep-alive, 404"
  })
  void handshakeFollowsTheRules(String header, String instead, int status) throws Exception {
    try (var client = server.client()) {
      client.request("/ws", TestClient.UPGRADE.replace(header, instead));

      String head = client.head();

      assertThat(head).startsWith("HTTP/1.1 " + status);
      if (instead.endsWith(": 8")) {
        assertThat(head).contains("Sec-WebSocket-Version: 13");
      }
      if (instead.endsWith("Emque")) {
        assertThat(head).contains("u5kuFwwz4hmXkcTTLpNQaQ4uYnI=");
      }
    }
  }

  @Test
  void refusalOfAListenerGoesThroughErrorHandlersAndTheConnectionLivesOn() throws Exception {
    try (var client = server.client()) {
      client.request("/ws?refuse", TestClient.UPGRADE);
      assertThat(client.head()).startsWith("HTTP/1.1 403");
      assertThat(client.body(8)).isEqualTo("refused\n");

      client.request("/plain", "");

      assertThat(client.head()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void pathWithoutAWebSocketIsAnOrdinaryRequest() throws Exception {
    try (var client = server.client()) {
      client.request("/plain", TestClient.UPGRADE);

      assertThat(client.head()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void upgradeByAnotherMethodThanGetIsAnOrdinaryRequest() throws Exception {
    try (var client = server.client()) {
      client.send(
          ("POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + TestClient.UPGRADE + "\r\n")
              .getBytes(ISO_8859_1));

      assertThat(client.head()).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void refusalByHelidonsOwnExceptionIsABadRequestInWords() throws Exception {
    try (var client = server.client()) {
      client.request("/ws?decline", TestClient.UPGRADE);

      assertThat(client.head()).startsWith("HTTP/1.1 400");
      assertThat(client.body(8)).isEqualTo("declined");
    }
  }

  @Test
  void chosenSubProtocolIsAnsweredAndKnownToTheSession() throws Exception {
    try (var client = server.client()) {
      client.request("/ws?chat", TestClient.UPGRADE + "Sec-WebSocket-Protocol: x, chat\r\n");

      assertThat(client.head()).startsWith("HTTP/1.1 101").contains("Sec-WebSocket-Protocol: chat");
      assertThat(server.sessions.poll(10, TimeUnit.SECONDS).subProtocol()).contains("chat");
    }
  }

  @Test
  void framesBehindTheUpgradeRequestAreNotLost() throws Exception {
    try (var client = server.client()) {
      client.send(
          ("GET /ws HTTP/1.1\r\nHost: x\r\n" + TestClient.UPGRADE + "\r\n\u0089\u0080\0\0\0\0")
              .getBytes(ISO_8859_1));
      assertThat(client.head()).startsWith("HTTP/1.1 101");

      assertThat(client.frame().opcode()).isEqualTo(10);
    }
  }
}
