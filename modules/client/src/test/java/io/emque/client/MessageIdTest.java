package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Publication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageIdTest {
  @Test
  void stampsAreReadBackAndDenseForEachTopic() {
    var stamps = new Stamps();

    String first = stamps.stamp("foo", Publication.of("a"), Publication::id);
    String other = stamps.stamp("bar", Publication.of("a"), Publication::id);
    String second = stamps.stamp("foo", Publication.of("b"), Publication::id);

    MessageId one = MessageId.parse(first);
    assertThat(one.sequence()).isEqualTo(1);
    assertThat(MessageId.parse(second)).isEqualTo(new MessageId(one.publisher(), 2));
    assertThat(MessageId.parse(other).sequence()).isEqualTo(1);
    assertThat(MessageId.parse(other).publisher()).isNotEqualTo(one.publisher());
    assertThat(one).hasToString(first);
  }

  @Test
  void failureBeginsAnotherPublisherSoThatNoHoleIsLeft() {
    var stamps = new Stamps();
    String first = stamps.stamp("foo", Publication.of("a"), Publication::id);

    stamps.failed("foo");

    MessageId next = MessageId.parse(stamps.stamp("foo", Publication.of("b"), Publication::id));
    assertThat(next.sequence()).isEqualTo(1);
    assertThat(first).doesNotStartWith(next.publisher());
  }

  @Test
  void idOfTheUserIsKept() {
    String id = new Stamps().stamp("foo", Publication.of("a").id("mine"), Publication::id);

    assertThat(id).isEqualTo("mine");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "order-42",
        "~short-1",
        "~aaaaaaaaaaaaaaaa-",
        "~aaaaaaaaaaaaaaaa-0",
        "~aaaaaaaaaaaaaaaa-x",
        "~aaaaaaaaaaaaaaa!-1",
        "xaaaaaaaaaaaaaaaa-1",
        "~aaaaaaaaaaaaaaaa-9999999999999999999"
      })
  void otherIdsAreNoStamps(String id) {
    assertThat(MessageId.parse(id)).isNull();
  }
}
