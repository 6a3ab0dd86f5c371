package io.emque.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Delivery;
import io.emque.api.ErrorCode;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Servers of released versions are understood: what they sent, in {@code emque.v1} by WebSocket, is
 * kept in {@code src/test/resources/formats/VERSION} and sent again. The other half, what clients
 * of those versions sent, is kept by {@code modules/transport-http}.
 *
 * <p>{@code -Demque.formats=write} writes that half anew, for a version that was not released yet.
 */
@Timeout(60)
class FormatsTest {
  private static final String TODAY = "0.1";
  private static final Path KEPT = Path.of("src/test/resources/formats");
  private static final Path CLIENTS = Path.of("../transport-http").resolve(KEPT).resolve(TODAY);
  private static final Duration SOON = Duration.ofSeconds(30);

  private static Emque connect(Player server, Duration timeout) {
    return Emque.builder().servers("http://127.0.0.1:" + server.port()).timeout(timeout).connect();
  }

  private static byte[] kept(String version, String name) throws Exception {
    return Files.readAllBytes(KEPT.resolve(version).resolve(name));
  }

  private static SubscribeOptions resuming() {
    return SubscribeOptions.DEFAULT.from(StartPosition.after(new Cursor("gone", 3)));
  }

  /** The server answered to what {@link #publications} are. */
  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void answersToPublishersAreUnderstood(String version) throws Exception {
    try (var server = new Player(publications().size(), kept(version, "publish.server"));
        var emque = connect(server, SOON)) {
      var answers = new ArrayList<CompletableFuture<Published>>();
      for (Publication publication : publications()) {
        answers.add(emque.publishAsync("orders", publication));
      }

      Published first = answers.get(0).get();
      assertThat(first.ack()).isEqualTo(Ack.MEMORY);
      assertThat(first.duplicate()).isFalse();
      Cursor cursor = Objects.requireNonNull(first.cursor());
      assertThat(cursor.offset()).isZero();
      assertThat(answers.get(1).get())
          .isEqualTo(new Published(cursor, Ack.MEMORY, true, first.servers()));
      assertThat(answers.get(2).get().cursor()).isEqualTo(cursor.next());
      assertThatThrownBy(() -> answers.get(3).get())
          .cause()
          .isInstanceOfSatisfying(
              BrokerException.class,
              refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.MESSAGE_TOO_LARGE));
    }
  }

  /** The last one is larger than the server takes, which is 1,024 bytes. */
  private static List<Publication> publications() {
    return List.of(
        new Publication("grüße".getBytes(UTF_8), "order-1", Map.of("kind", "värde")),
        new Publication("again".getBytes(UTF_8), "order-1", Map.of()),
        new Publication(new byte[0], "order-2", Map.of()),
        new Publication(new byte[1_100], "order-3", Map.of()));
  }

  /** It told of a gap, delivered three messages, and stopped. */
  @ParameterizedTest
  @ValueSource(strings = TODAY)
  @DisabledIfSystemProperty(named = "emque.formats", matches = "write")
  void deliveriesToSubscribersAreUnderstoodAndResumedAfter(String version) throws Exception {
    try (var server = new Player(0, kept(version, "subscribe.server"));
        var emque = connect(server, SOON);
        var subscription = emque.subscribe("orders", resuming())) {
      var deliveries = new ArrayList<Delivery>();
      for (int i = 0; i < 4; i++) {
        deliveries.add(Objects.requireNonNull(subscription.poll(SOON)));
      }

      var gap = (Gap) deliveries.get(0);
      Cursor first = gap.next();
      assertThat(gap.topic()).isEqualTo("orders");
      assertThat(gap.expected()).isEqualTo(new Cursor("gone", 4));
      assertThat(gap.missed()).isEmpty();
      assertMessage(deliveries.get(1), first, "order-1", Map.of("kind", "värde"), "grüße");
      assertMessage(deliveries.get(2), first.next(), null, Map.of(), "");
      assertMessage(deliveries.get(3), first.next().next(), "order-2", Map.of(), "x".repeat(300));
      server.awaitAnother();
      assertThat(server.heard(1))
          .startsWith("GET /sub?topic=orders&from=" + first.epoch() + ":3&slow=skip HTTP/1.1\r\n");
    }
  }

  private static void assertMessage(
      Delivery delivery, Cursor cursor, Object id, Map<String, String> headers, String text) {
    var message = (Message) delivery;
    assertThat(message.topic()).isEqualTo("orders");
    assertThat(message.cursor()).isEqualTo(cursor);
    assertThat(message.timeNanos()).isEqualTo(1_767_225_600_123_456_789L);
    assertThat(message.id()).isEqualTo(id);
    assertThat(message.headers()).isEqualTo(headers);
    assertThat(message.text()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = TODAY)
  void cursorsOfMergedTopicsAreReadAndWrittenAsTheyWere(String version) throws Exception {
    for (String text : Files.readAllLines(KEPT.resolve(version).resolve("merged-cursors.txt"))) {
      String[] words = text.split(" ", -1); // source, where each server stands, the cursor
      var merged = MergedCursor.parse(Cursor.parse(words[2]));

      assertThat(merged.source()).isEqualTo(Integer.parseInt(words[0]));
      assertThat(merged.next().stream().map(String::valueOf).toList())
          .containsExactly(words[1].split(",", -1));
      assertThat(merged.toCursor()).hasToString(words[2]);
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "emque.formats", matches = "write")
  void writeWhatClientsOfTodaySend() throws Exception {
    Files.createDirectories(CLIENTS);
    try (var server = new Player(publications().size(), new byte[0]);
        var emque = connect(server, Duration.ofSeconds(2))) {
      for (Publication publication : publications()) {
        emque.publishAsync("orders", publication);
      }
      server.awaitAnswered();
      Files.write(CLIENTS.resolve("publish.client"), server.heard(0).getBytes(ISO_8859_1));
    }
    try (var server = new Player(0, new byte[0]);
        var emque = connect(server, Duration.ofSeconds(2))) {
      assertThatThrownBy(() -> emque.subscribe("orders", resuming())).isNotNull();
      Files.write(CLIENTS.resolve("subscribe.client"), server.heard(0).getBytes(ISO_8859_1));
    }
  }
}
