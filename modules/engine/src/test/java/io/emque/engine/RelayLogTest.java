package io.emque.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.api.Message;
import io.emque.api.SlowPolicy;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RelayLogTest {
  private static final long SOON = 0;

  @Test
  void gapIsToldToWhoeverWasThereBeforeItAndToNobodyElse() throws Exception {
    try (var broker = new MemoryBroker();
        var log = new RelayLog(broker, "foo", at(0), () -> {});
        var early = log.open(SlowPolicy.SKIP, "test")) {
      log.append(message(0));
      log.gap(new Gap("foo", at(1), at(5), OptionalLong.of(4)));
      try (var late = log.open(SlowPolicy.SKIP, "test")) {
        log.append(message(5));

        assertThat(early.read(SOON)).isEqualTo(Event.MESSAGES);
        assertThat(early.read(SOON)).isEqualTo(Event.GAP);
        assertThat(early.gap().missed()).hasValue(4);
        assertThat(early.read(SOON)).isEqualTo(Event.MESSAGES);

        assertThat(late.next()).isEqualTo(at(5));
        assertThat(late.read(SOON)).isEqualTo(Event.MESSAGES);
        assertThat(late.slice().offset(0)).isEqualTo(5);
      }
    }
  }

  @Test
  void secondGapIsToldToWhoeverCameAfterTheFirst() throws Exception {
    try (var broker = new MemoryBroker();
        var log = new RelayLog(broker, "foo", at(0), () -> {})) {
      log.gap(new Gap("foo", at(0), at(5), OptionalLong.of(5)));
      try (var late = log.open(SlowPolicy.SKIP, "test")) {
        log.append(message(5));
        log.gap(new Gap("foo", at(6), at(9), OptionalLong.of(3)));
        log.append(message(9));

        assertThat(late.read(SOON)).isEqualTo(Event.MESSAGES);
        assertThat(late.read(SOON)).isEqualTo(Event.GAP);
        assertThat(late.gap().missed()).hasValue(3);
        assertThat(late.read(SOON)).isEqualTo(Event.MESSAGES);
      }
    }
  }

  private static Cursor at(long offset) {
    return new Cursor("e", offset);
  }

  private static Message message(long offset) {
    return new Message("foo", at(offset), 1, null, Map.of(), new byte[] {1});
  }
}
