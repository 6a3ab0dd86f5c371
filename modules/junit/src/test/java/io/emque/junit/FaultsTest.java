package io.emque.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.Delivery;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.StartPosition;
import io.emque.api.SubscribeOptions;
import io.emque.api.Subscription;
import io.emque.client.Emque;
import io.emque.client.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes wrong does so for clients of every protocol. */
@Timeout(120)
@EmqueTest(faults = true)
class FaultsTest {
  private static final SubscribeOptions EARLIEST =
      SubscribeOptions.DEFAULT.from(StartPosition.EARLIEST);
  private static final int PATIENCE_MILLIS = 30_000;

  @ParameterizedTest
  @EnumSource(Transport.class)
  void droppedMessageIsAGapInItsPlaceAndADuplicateComesTwice(
      Transport transport, TestBroker broker, Faults faults) throws Exception {
    faults.drop("foo", 1).duplicate("foo", 2);
    try (Emque emque = broker.client().transport(transport).connect();
        var live = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      publish(broker, 4);
      try (var late = emque.subscribe("foo", EARLIEST)) {
        for (Subscription each : List.of(live, late)) {
          assertThat(take(each, 5)).containsExactly("0", "missed 1", "2", "2", "3");
        }
      }
    }
  }

  @Test
  void eventStreamsAndLinesOfJsonMeetThemToo(TestBroker broker, Faults faults) throws Exception {
    faults.drop("foo", 1).duplicate("foo", 2);
    publish(broker, 4);

    try (var sse = read(broker, "/sub?topic=foo&from=earliest&format=sse");
        var json = read(broker, "/sub?topic=foo&from=earliest&format=json")) {
      assertThat(linesOf(sse, "data: ", 5))
          .satisfiesExactly(
              line -> assertThat(line).isEqualTo("data: 0"),
              line -> assertThat(line).contains("\"missed\":1"),
              line -> assertThat(line).isEqualTo("data: 2"),
              line -> assertThat(line).isEqualTo("data: 2"),
              line -> assertThat(line).isEqualTo("data: 3"));
      assertThat(linesOf(json, "{", 5))
          .satisfiesExactly(
              line -> assertThat(line).contains("\"offset\":0"),
              line -> assertThat(line).startsWith("{\"gap\"").contains("\"missed\":1"),
              line -> assertThat(line).contains("\"offset\":2"),
              line -> assertThat(line).contains("\"offset\":2"),
              line -> assertThat(line).contains("\"offset\":3"));
    }
  }

  @Test
  void delayedMessageHoldsBackThoseBehindIt(TestBroker broker, Faults faults, Emque emque)
      throws Exception {
    Duration delay = Duration.ofMillis(400);
    faults.delay("foo", 1, delay);
    try (var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      long began = System.nanoTime();
      publish(broker, 3);

      assertThat(take(subscription, 3)).containsExactly("0", "1", "2");
      assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(delay.toNanos());
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void cutIsStoodByAClientThatResumes(Transport transport, TestBroker broker, Faults faults)
      throws Exception {
    faults.cut("foo", 3).cut("foo", 7);
    try (Emque emque = broker.client().transport(transport).connect();
        var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      publish(broker, 0, 5);
      assertThat(take(subscription, 5)).containsExactly("0", "1", "2", "3", "4");
      publish(broker, 5, 10);
      assertThat(take(subscription, 5)).containsExactly("5", "6", "7", "8", "9");

      assertThat(faults.network().accepted()).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void cutStreamEndsWithoutAnEnd(TestBroker broker, Faults faults) throws Exception {
    faults.cut("foo", 2);
    try (var json = read(broker, "/sub?topic=foo&format=json")) {
      publish(broker, 3);

      assertThatThrownBy(() -> linesOf(json, "{", 3)).isInstanceOf(IOException.class);
    }
    try (var again = read(broker, "/sub?topic=foo&from=2&format=json")) {
      assertThat(linesOf(again, "{", 1).getFirst()).contains("\"offset\":2");
    }
  }

  @Test
  void lostAnswerLeavesThePublisherInDoubtAndTheMessageInTheLog(TestBroker broker, Faults faults)
      throws Exception {
    faults.loseAnswer("foo", 0);
    HttpURLConnection post = post(broker, "first");

    assertThatThrownBy(post::getResponseCode).isInstanceOf(IOException.class);

    try (var subscription = broker.inside().subscribe("foo", EARLIEST)) {
      assertThat(take(subscription, 1)).containsExactly("first");
    }
    assertThat(post(broker, "second").getResponseCode()).isEqualTo(200);
  }

  @Test
  void clientThatSendsAgainWithItsIdIsTakenOnce(Faults faults, Emque emque) {
    faults.loseAnswer("foo", 0);

    var published = emque.publish("foo", "only once");

    assertThat(published.duplicate()).isTrue();
    assertThat(emque.publish("foo", "next").cursor().offset()).isEqualTo(1);
  }

  @Test
  void clearedFaultsDoNotHappen(TestBroker broker, Faults faults, Emque emque) throws Exception {
    faults.drop("foo", 0).cut("foo", 1).clear();
    try (var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      publish(broker, 2);

      assertThat(take(subscription, 2)).containsExactly("0", "1");
      assertThat(faults.cut()).as("connections that stand").isPositive();
    }
  }

  @EmqueTest(tls = true, faults = true)
  @Test
  void certificateIsTrustedByNameThroughTheNetwork(TestBroker broker, Faults faults, Emque emque)
      throws Exception {
    faults.cut("foo", 1);
    assertThat(broker.uri().getScheme()).isEqualTo("https");
    try (var subscription = emque.subscribe("foo", SubscribeOptions.DEFAULT)) {
      publish(broker, 3);
      assertThat(take(subscription, 3)).containsExactly("0", "1", "2");
    }
    var https = (HttpsURLConnection) broker.uri().resolve("/health/live").toURL().openConnection();
    https.setSSLSocketFactory(broker.sslContext().getSocketFactory());

    assertThat(https.getResponseCode()).isEqualTo(200);
    assertThat(broker.certificateFile()).content().startsWith("-----BEGIN CERTIFICATE-----");
  }

  @Test
  void faultsThatCannotBeAreRefused(Faults faults) {
    assertThatThrownBy(() -> faults.drop("foo", -1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> faults.delay("foo", 1, Duration.ofMillis(-1)))
        .hasMessageContaining("delay");
    assertThatThrownBy(() -> faults.drop("", 1)).hasMessageContaining("topic");
  }

  private static void publish(TestBroker broker, int messages) {
    publish(broker, 0, messages);
  }

  private static void publish(TestBroker broker, int from, int to) {
    for (int i = from; i < to; i++) {
      broker.inside().publish("foo", Integer.toString(i));
    }
  }

  private static List<String> take(Subscription subscription, int deliveries) throws Exception {
    var taken = new ArrayList<String>();
    for (int i = 0; i < deliveries; i++) {
      Delivery delivery = subscription.poll(Duration.ofSeconds(30));
      switch (delivery) {
        case Message message -> taken.add(message.text());
        case Gap gap -> taken.add("missed " + gap.missed().orElse(-1));
        case null -> taken.add("nothing");
      }
    }
    return taken;
  }

  private static HttpURLConnection post(TestBroker broker, String body) throws IOException {
    var post = (HttpURLConnection) broker.uri().resolve("/pub?topic=foo").toURL().openConnection();
    post.setReadTimeout(PATIENCE_MILLIS);
    post.setRequestMethod("POST");
    post.setDoOutput(true);
    byte[] bytes = body.getBytes(UTF_8);
    post.setFixedLengthStreamingMode(bytes.length); // or the JDK would send it again by itself
    try (var out = post.getOutputStream()) {
      out.write(bytes);
    }
    return post;
  }

  private static BufferedReader read(TestBroker broker, String target) throws IOException {
    URLConnection get = broker.uri().resolve(target).toURL().openConnection();
    get.setReadTimeout(PATIENCE_MILLIS);
    return new BufferedReader(new InputStreamReader(get.getInputStream(), UTF_8));
  }

  private static List<String> linesOf(BufferedReader stream, String start, int count)
      throws IOException {
    var lines = new ArrayList<String>();
    while (lines.size() < count) {
      String line = stream.readLine();
      if (line == null) {
        throw new IOException("the stream ended after " + lines);
      }
      if (line.startsWith(start)) {
        lines.add(line);
      }
    }
    return lines;
  }
}
