package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Publication;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StampsTest {
  private final Stamps stamps = new Stamps();

  private String stamped(String topic) {
    return stamps.stamp(
        topic, Publication.of("x"), publication -> String.valueOf(publication.id()));
  }

  @Test
  void idsOfTopicCountUp() {
    String first = stamped("foo");

    assertThat(first).startsWith("~").endsWith("-1");
    assertThat(stamped("foo")).isEqualTo(first.replace("-1", "-2"));
    assertThat(stamped("bar")).endsWith("-1").isNotEqualTo(first);
  }

  @Test
  void idThatIsThereStays() {
    assertThat(
            stamps.<String>stamp(
                "foo", Publication.of("x").id("mine"), p -> String.valueOf(p.id())))
        .isEqualTo("mine");
  }

  @Test
  void failureOfOneIsToldWhileAnotherIsHandedOn() throws Exception {
    String first = stamped("foo");
    var inside = new CountDownLatch(1);
    var told = new CountDownLatch(1);
    CompletableFuture<Boolean> handing =
        CompletableFuture.supplyAsync(
            () ->
                stamps.stamp(
                    "foo",
                    Publication.of("x"),
                    publication -> {
                      inside.countDown();
                      try {
                        told.await(); // as if for room, which the one who tells makes
                        return true;
                      } catch (InterruptedException e) {
                        return false;
                      }
                    }),
            command -> Thread.ofVirtual().start(command));
    inside.await();

    stamps.failed("foo");
    told.countDown();

    assertThat(handing.get()).isTrue();
    String publisher = first.substring(0, first.lastIndexOf('-'));
    assertThat(stamped("foo")).endsWith("-1").doesNotStartWith(publisher);
  }
}
