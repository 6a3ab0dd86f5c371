package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Message;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerSubscriptionTest {
  private final ServerSubscription subscription =
      new ServerSubscription("foo", new Cursor("unknown", 0), () -> {});

  @Test
  void positionIsTheServersUntilSomethingCame() {
    subscription.position(new Cursor("e", 6));

    assertThat(subscription.next()).isEqualTo(new Cursor("e", 7));
  }

  @Test
  void heartbeatBehindMessagesThatWaitDoesNotGoPastThem() throws Exception {
    subscription.position(new Cursor("e", 6));
    subscription.message(message(7));
    subscription.message(message(8));
    subscription.position(new Cursor("e", 8));

    assertThat(subscription.next()).isEqualTo(new Cursor("e", 7));
    assertThat(subscription.poll(Duration.ZERO)).isNotNull();
    assertThat(subscription.next()).isEqualTo(new Cursor("e", 8));
  }

  private static Message message(long offset) {
    return new Message("foo", new Cursor("e", offset), 0, null, Map.of(), new byte[0]);
  }
}
