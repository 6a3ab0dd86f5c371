package io.emque.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MergedCursorTest {
  @Test
  void readsWhatItWroteUnknownAndNestedPositionsToo() {
    Cursor nested = new MergedCursor(0, List.of(new Cursor("x-_1", 7))).toCursor();
    var merged = new MergedCursor(1, Arrays.asList(new Cursor("a", 0), nested, null));

    Cursor cursor = merged.toCursor();

    assertThat(cursor.merged()).isTrue();
    assertThat(Cursor.parse(cursor.toString())).isEqualTo(cursor);
    assertThat(MergedCursor.parse(cursor)).isEqualTo(merged);
  }

  @Test
  void afterTheMessageItsOwnServerStandsOneFurther() {
    var merged = new MergedCursor(1, List.of(new Cursor("a", 5), new Cursor("b", 9)));

    assertThat(MergedCursor.parse(merged.toCursor().next()).next())
        .containsExactly(new Cursor("a", 5), new Cursor("b", 10));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "~9:0",
        "~0:0",
        "~x~:0",
        "~x~3.ab.1:0",
        "~x~2.ab.x:0",
        "~y:1",
        "~1~1.a.5:0",
        "~x~99.a.1:0",
        "~x~1.a.5.:0"
      })
  void malformedOneIsRefused(String text) {
    assertThatThrownBy(() -> MergedCursor.parse(Cursor.parse(text)))
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining("cursor");
  }

  @Test
  void tooManyServersAreRefusedInWords() {
    var many = new Cursor[40];
    Arrays.fill(many, new Cursor("0123456789", 1_000_000));

    assertThatThrownBy(() -> MergedCursor.of(0, many).toCursor())
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining("40 servers");
  }
}
