package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.BrokerException;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import io.emque.client.ConnectionEvent.State;
import io.emque.client.link.ClientTls;
import io.emque.client.link.LinkException;
import io.emque.client.link.LinkOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of messages when a server answers, refuses, breaks off, and is not there. */
@Timeout(60)
class PublishQueueTest {
  private static final Duration LONG = Duration.ofSeconds(50);

  private final FakeLink link = new FakeLink();
  private final List<ConnectionEvent> events = new CopyOnWriteArrayList<>();
  private final ServerWatch watch = new ServerWatch(events::add);
  private PublishQueue queue = queue(1, LONG);

  private PublishQueue queue(int retries, Duration timeout) {
    var ssl = ClientTls.context(ClientTls.trustingAll(), null);
    var options = new LinkOptions(timeout, LONG, ssl, false, () -> null, 1 << 20);
    return new PublishQueue(link, new ClientOptions(retries, timeout, 1, options, watch));
  }

  @AfterEach
  void close() {
    queue.close();
  }

  private CompletableFuture<Published> publish(String id) {
    return queue.publish("t", Publication.of(id).id(id), false);
  }

  private static long offset(CompletableFuture<Published> answer) throws Exception {
    return answer.get(30, TimeUnit.SECONDS).cursor().offset();
  }

  private static String failure(CompletableFuture<Published> answer) throws Exception {
    BrokerException refusal = refusal(answer);
    assertThat(refusal.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
    return refusal.getMessage();
  }

  private static BrokerException refusal(CompletableFuture<Published> answer) throws Exception {
    try {
      return org.assertj.core.api.Assertions.fail(
          "answered with " + answer.get(30, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return (BrokerException) e.getCause();
    }
  }

  private void assertTheNextOneIsTaken() throws Exception {
    var next = publish("2");
    var channel = link.channel();
    assertThat(channel.sent()).isEqualTo("t 2");
    channel.answer();
    assertThat(offset(next)).isZero();
  }

  private List<State> states() {
    return events.stream().map(ConnectionEvent::state).toList();
  }

  private List<String> reasons() {
    return events.stream().map(ConnectionEvent::reason).toList();
  }

  private long retries() {
    return watch.of(List.of(link.server())).getFirst().retries();
  }

  @Test
  void answersBelongToTheMessagesInTheirOrder() throws Exception {
    var first = publish("1");
    var second = publish("2");
    var third = publish("3");
    var channel = link.channel();
    assertThat(List.of(channel.sent(), channel.sent(), channel.sent()))
        .containsExactly("t 1", "t 2", "t 3");

    channel.answer();
    channel.refuse(new BrokerException(ErrorCode.RATE_LIMITED, "slower"));
    assertThat(third).isNotDone();
    channel.answer();

    assertThat(offset(first)).isZero();
    assertThat(refusal(second)).hasMessage("slower");
    assertThat(offset(third)).isEqualTo(1);
    assertThat(states()).containsExactly(State.CONNECTED);
    assertThat(link.attempts).hasValue(1);
  }

  @Test
  void whatWasUnderWayGoesAgainBeforeAnythingLater() throws Exception {
    var first = publish("1");
    var second = publish("2");
    var broken = link.channel();
    broken.sent();
    broken.sent();
    broken.lose(new LinkException("reset"));
    var third = publish("3");

    var next = link.channel();
    assertThat(List.of(next.sent(), next.sent(), next.sent())).containsExactly("t 1", "t 2", "t 3");
    broken.answer(); // too late: it is the next connection's to say
    assertThat(first).isNotDone();
    next.answer();
    next.answer();
    next.answer();

    assertThat(List.of(offset(first), offset(second), offset(third))).containsExactly(0L, 1L, 2L);
    await() // told by several threads
        .untilAsserted(
            () ->
                assertThat(states())
                    .containsExactlyInAnyOrder(State.CONNECTED, State.LOST, State.CONNECTED));
    assertThat(retries()).isEqualTo(2);
  }

  @Test
  void messageFailsWithTheReasonWhenItsAttemptsAreUsedUp() throws Exception {
    var failing = publish("1");
    var first = link.channel();
    first.sent();
    first.lose(new LinkException("reset"));
    var second = link.channel();
    second.sent();
    assertThat(failing).isNotDone();
    second.lose(new LinkException("reset again"));

    assertThat(failure(failing)).isEqualTo("reset again");
    assertTheNextOneIsTaken();
  }

  @Test
  void connectionThatBreaksWhileItIsWrittenToIsClosedAndReplaced() throws Exception {
    var first = publish("1");
    var channel = link.channel();
    channel.sent();
    channel.answer();
    assertThat(offset(first)).isZero();
    channel.breaking = new LinkException("broken pipe");

    var second = publish("2");

    var next = link.channel();
    assertThat(next.sent()).isEqualTo("t 2");
    next.answer();
    assertThat(offset(second)).isZero();
    await().untilAsserted(() -> assertThat(channel.closed).isTrue());
    await().untilAsserted(() -> assertThat(reasons()).contains("broken pipe"));
  }

  @Test
  void serverThatIsNotThereIsTriedAsOftenAsAsked() throws Exception {
    link.refusing = new LinkException("connection refused");

    assertThat(failure(publish("1"))).isEqualTo("connection refused");

    assertThat(link.attempts.get()).isGreaterThanOrEqualTo(2);
    assertThat(states().subList(0, 2)).containsExactly(State.FAILED, State.FAILED);
    link.refusing = null;
    assertTheNextOneIsTaken();
  }

  @Test
  void whoIsInAHurryFailsAtOnceWhileTheServerIsKnownToBeDown() throws Exception {
    queue = queue(0, LONG);
    link.refusing = new BrokerException(ErrorCode.UNAUTHENTICATED, "who are you");
    assertThat(failure(publish("1"))).isEqualTo("who are you");

    var hurried = queue.publish("t", Publication.of("2").id("2"), true);

    assertThat(hurried).isCompletedExceptionally();
    assertThat(failure(hurried)).isEqualTo("who are you");
    link.refusing = null;
    link.channel(); // it is tried again though nobody publishes
    await()
        .untilAsserted(
            () -> assertThat(queue.publish("t", Publication.of("3").id("3"), true)).isNotDone());
  }

  @Test
  void exceptionThatNobodyForesawIsAnAttemptThatFailed() throws Exception {
    link.refusing = new IllegalStateException("no such algorithm");

    assertThat(failure(publish("1"))).contains("no such algorithm");

    link.refusing = null;
    assertTheNextOneIsTaken();
  }

  @Test
  void serverThatStopsHasTakenNothingMore() throws Exception {
    var first = publish("1");
    var second = publish("2");
    var stopping = link.channel();
    stopping.sent();
    stopping.sent();

    stopping.refuse(new BrokerException(ErrorCode.DRAINING, "the broker is stopping"));

    var next = link.channel();
    assertThat(List.of(next.sent(), next.sent())).containsExactly("t 1", "t 2");
    next.answer();
    next.answer();
    assertThat(List.of(offset(first), offset(second))).containsExactly(0L, 1L);
  }

  @Test
  void largestIsRefusedWhenTheServerBrokeOffForItsSizeAndTheOthersGoAgain() throws Exception {
    queue = queue(0, LONG); // nobody has an attempt to lose
    var small = publish("1");
    var large = queue.publish("t", Publication.of("x".repeat(100)).id("large"), false);
    var later = publish("3");
    var channel = link.channel();
    channel.sent();
    channel.sent();
    channel.sent();
    var refusal = new BrokerException(ErrorCode.MESSAGE_TOO_LARGE, "at most 99");

    channel.lose(new LinkException("closed", refusal));

    assertThat(refusal(large)).isSameAs(refusal);
    var next = link.channel();
    assertThat(List.of(next.sent(), next.sent())).containsExactly("t 1", "t 3");
    next.answer();
    next.answer();
    assertThat(List.of(offset(small), offset(later))).containsExactly(0L, 1L);
  }

  @Test
  void serverThatDoesNotAnswerIsGivenUpAndTriedAgain() throws Exception {
    queue = queue(9, Duration.ofSeconds(5));
    var late = publish("1");
    var channel = link.channel();
    channel.sent();

    var next = link.channel();

    assertThat(next.sent()).isEqualTo("t 1");
    next.answer();
    assertThat(offset(late)).isZero();
    await().untilAsserted(() -> assertThat(channel.closed).isTrue());
    await().untilAsserted(() -> assertThat(reasons()).contains("no answer within 500 ms"));
  }

  @Test
  void messageThatWaitsForAConnectionDoesNotWaitForEver() throws Exception {
    queue = queue(1_000, Duration.ofMillis(200));
    link.refusing = new LinkException("connection refused");

    assertThat(failure(publish("1")))
        .isIn("no connection within 200 ms", "connection refused"); // whoever sees it first
  }

  @Test
  void noMoreThan4096AreOnTheirWay() throws Exception {
    var answers = new ArrayList<CompletableFuture<Published>>();
    for (int i = 0; i < 4_096; i++) {
      answers.add(publish(Integer.toString(i)));
    }
    var channel = link.channel();
    for (int i = 0; i < 4_096; i++) {
      channel.sent();
    }
    var one = new CompletableFuture<CompletableFuture<Published>>();
    Thread publisher = Thread.ofPlatform().start(() -> one.complete(publish("one more")));
    await().until(() -> publisher.getState() == Thread.State.WAITING);
    assertThat(channel.sentAll()).isTrue();

    channel.answer();

    assertThat(channel.sent()).isEqualTo("t one more");
    assertThat(offset(answers.getFirst())).isZero();
    for (int i = 0; i < 4_096; i++) {
      channel.answer();
    }
    assertThat(offset(one.get(30, TimeUnit.SECONDS))).isEqualTo(4_096);
  }

  @Test
  void noMoreThan32MegabytesAreOnTheirWayButForOneThatIsLarger() throws Exception {
    byte[] half = new byte[16 << 20];
    var first = queue.publish("t", Publication.of(half).id("1"), false);
    var second = queue.publish("t", Publication.of(half).id("2"), false);
    var channel = link.channel();
    channel.sent();
    channel.sent();
    var larger = new CompletableFuture<CompletableFuture<Published>>();
    Thread publisher =
        Thread.ofPlatform()
            .start(
                () ->
                    larger.complete(
                        queue.publish(
                            "t", Publication.of(new byte[(32 << 20) + 1]).id("3"), false)));
    await().until(() -> publisher.getState() == Thread.State.WAITING);
    channel.answer();
    assertThat(offset(first)).isZero();
    assertThat(larger).isNotDone();

    channel.answer();

    assertThat(offset(second)).isEqualTo(1);
    assertThat(channel.sent()).isEqualTo("t 3");
    channel.answer();
    assertThat(offset(larger.get(30, TimeUnit.SECONDS))).isEqualTo(2);
  }

  @Test
  void whoeverWaitsForAnswersGoesOnWhenTheLastHasCome() throws Exception {
    queue.awaitSent(LONG); // there is nothing to wait for
    var first = publish("1");
    var channel = link.channel();
    channel.sent();
    queue.awaitSent(Duration.ofMillis(1)); // not for ever
    assertThat(first).isNotDone();
    Thread waiting = Thread.ofPlatform().start(() -> queue.awaitSent(LONG));
    await().until(() -> waiting.getState() == Thread.State.TIMED_WAITING);

    channel.answer();

    waiting.join(30_000);
    assertThat(waiting.isAlive()).isFalse();
  }

  @Test
  void closingFailsWhatHasNoAnswerAndWhatComesLater() throws Exception {
    var sent = publish("1");
    var channel = link.channel();
    channel.sent();

    queue.close();

    assertThat(failure(sent)).isEqualTo("the client was closed before the answer came");
    assertThat(channel.closed).isTrue();
    assertThat(failure(publish("2"))).isEqualTo("the client is closed");
  }

  @Test
  void closingLaterLetsTheAnswersCome() throws Exception {
    var sent = publish("1");
    var channel = link.channel();
    channel.sent();

    queue.closeWhenSent();
    channel.answer();

    assertThat(offset(sent)).isZero();
    await().untilAsserted(() -> assertThat(channel.closed).isTrue());
  }
}
