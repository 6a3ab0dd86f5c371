package io.emque.client.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.wire.v1.Delivery;
import io.emque.wire.v1.Moved;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveriesTest {
  @Test
  void serverCannotSendItsClientsAwayForEver() throws Exception {
    assertThat(moved(3_217)).containsExactly(Duration.ofMillis(3_217));
    assertThat(moved(Long.MAX_VALUE)).containsExactly(Duration.ofDays(1));
    assertThat(moved(-1)).containsExactly(Duration.ZERO);
  }

  private static List<Duration> moved(long millis) throws LinkException {
    var told = new ArrayList<Duration>();
    var moved = Moved.newBuilder().setTopic("foo").setCursor("e:1").setRetryAfterMillis(millis);
    Deliveries.hand(
        Delivery.newBuilder().setMoved(moved).build(),
        new Feed.Sink() {
          @Override
          public void message(Message message) {
            throw new AssertionError(message);
          }

          @Override
          public void gap(Gap gap) {
            throw new AssertionError(gap);
          }

          @Override
          public void position(Cursor cursor) {
            throw new AssertionError(cursor);
          }

          @Override
          public void moved(Duration retry) {
            told.add(retry);
          }
        });
    return told;
  }
}
