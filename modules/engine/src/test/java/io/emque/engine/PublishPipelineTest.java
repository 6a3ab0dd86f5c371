package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.api.Ack;
import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.ErrorCode;
import io.emque.api.Publication;
import io.emque.api.Published;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PublishPipelineTest {
  private final List<CompletableFuture<Published>> asked =
      Collections.synchronizedList(new ArrayList<>());
  private final List<String> answered = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger flushes = new AtomicInteger();
  private final PublishPipeline pipeline =
      new PublishPipeline(
          new PublishPipeline.Answers() {
            @Override
            public void answer(@Nullable Published published, @Nullable BrokerException refusal) {
              answered.add(published == null ? String.valueOf(refusal) : text(published));
            }

            @Override
            public void flush() {
              flushes.incrementAndGet();
            }
          });

  private final Appender slow =
      new Appender() {
        @Override
        public String topic() {
          return "foo";
        }

        @Override
        public Published append(Publication publication) {
          throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Published> appendAsync(Publication publication) {
          var answer = new CompletableFuture<Published>();
          asked.add(answer);
          return answer;
        }

        @Override
        public Published append(MessageBatch batch) {
          throw new UnsupportedOperationException();
        }
      };

  private static String text(Published published) {
    return String.valueOf(published.cursor());
  }

  private static Published published(long offset) {
    return new Published(new Cursor("e", offset), Ack.OS, false);
  }

  private void awaitAnswers(String... expected) {
    await().untilAsserted(() -> assertThat(answered).containsExactly(expected));
  }

  @Test
  void answersThatAreKnownAtOnceAreGivenByThePublishersThread() {
    try (var broker = new MemoryBroker()) {
      Appender appender = broker.appender("foo");
      pipeline.publish(appender, Publication.of("a"));
      pipeline.publish(appender, Publication.of("b"));
      pipeline.refuse(new BrokerException(ErrorCode.TOPIC_INVALID, "no such name"));
      assertThat(answered).hasSize(3);
      pipeline.publish(appender, Publication.of("c"));
      assertThat(flushes).hasValue(0);

      pipeline.endBatch();

      assertThat(answered).hasSize(4);
      assertThat(flushes).hasValue(1);
    }
  }

  @Test
  void answersKeepTheOrderOfPublishing() {
    for (int i = 0; i < 3; i++) {
      pipeline.publish(slow, Publication.of("x"));
    }
    asked.get(2).complete(published(2));
    asked.get(1).complete(published(1));
    assertThat(answered).isEmpty();

    asked.get(0).complete(published(0));

    awaitAnswers("e:0", "e:1", "e:2");
    await().until(() -> flushes.get() > 0);
  }

  @Test
  void refusalStandsInItsPlace() {
    pipeline.publish(slow, Publication.of("x"));
    pipeline.refuse(new BrokerException(ErrorCode.TOPIC_INVALID, "no such name"));
    pipeline.publish(slow, Publication.of("y"));
    asked.get(1).completeExceptionally(new BrokerException(ErrorCode.STORE_FULL, "full"));
    asked.get(0).complete(published(0));

    await().until(() -> answered.size() == 3);
    assertThat(answered.get(0)).isEqualTo("e:0");
    assertThat(answered.get(1)).contains("no such name");
    assertThat(answered.get(2)).contains("full");
  }

  @Test
  void tooManyOnTheirWayMakePublishingWait() {
    Thread publishing =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; i < PublishPipeline.MAX_PENDING + 10; i++) {
                    pipeline.publish(slow, Publication.of("x"));
                  }
                });
    await().until(() -> asked.size() == PublishPipeline.MAX_PENDING + 1); // one waits to be taken
    await().until(() -> publishing.getState() == Thread.State.WAITING);

    for (int i = 0; i < 20; i++) {
      asked.get(i).complete(published(i));
    }

    await().until(() -> asked.size() == PublishPipeline.MAX_PENDING + 10);
    await().until(() -> answered.size() == 20);
  }

  @Test
  void closedPipelineHoldsNobodyBackAndAnswersNobody() throws Exception {
    for (int i = 0; i < PublishPipeline.MAX_PENDING; i++) {
      pipeline.publish(slow, Publication.of("x"));
    }
    Thread publishing = Thread.ofVirtual().start(() -> pipeline.publish(slow, Publication.of("x")));
    await().until(() -> publishing.getState() == Thread.State.WAITING);

    pipeline.close();

    publishing.join();
    asked.get(0).complete(published(0));
    assertThat(answered.size()).isLessThanOrEqualTo(1); // the one that was being waited for
  }

  @Test
  void connectionThatBreaksUnderAnAnswerHoldsNobodyBack() throws Exception {
    var ended = new CompletableFuture<Throwable>();
    var breaking =
        new PublishPipeline(
            new PublishPipeline.Answers() {
              @Override
              public void answer(@Nullable Published published, @Nullable BrokerException refusal) {
                Thread.currentThread()
                    .setUncaughtExceptionHandler((thread, e) -> ended.complete(e));
                throw new UncheckedIOException(new IOException("Connection reset"));
              }

              @Override
              public void flush() {}
            });
    for (int i = 0; i < PublishPipeline.MAX_PENDING; i++) {
      breaking.publish(slow, Publication.of("x"));
    }
    Thread publishing = Thread.ofVirtual().start(() -> breaking.publish(slow, Publication.of("x")));
    await().until(() -> publishing.getState() == Thread.State.WAITING);

    asked.get(0).complete(published(0));

    publishing.join();
    assertThat(ended).as("nothing to be told").isNotDone();
  }
}
