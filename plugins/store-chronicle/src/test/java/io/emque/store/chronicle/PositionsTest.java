package io.emque.store.chronicle;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.store.chronicle.Positions.Place;
import org.junit.jupiter.api.Test;

class PositionsTest {
  private static final long SPACING = 128 << 10;

  private final Positions positions = new Positions(100);

  @Test
  void oneThatKnowsNothingBeginsAtTheBeginning() {
    var start = new Place(100, 0, Long.MIN_VALUE);

    assertThat(positions.at(100)).isEqualTo(start);
    assertThat(positions.at(5_000)).isEqualTo(start);
    assertThat(positions.before(Long.MAX_VALUE)).isEqualTo(start);
  }

  @Test
  void placeIsTheLastOneThatIsNotBehind() {
    for (int i = 1; i <= 20; i++) {
      positions.add(100 + 10 * i, i * SPACING, 1_000 + 10 * i);
    }

    for (int i = 1; i <= 20; i++) {
      var place = new Place(100 + 10 * i, i * SPACING, 1_000 + 10 * i);
      assertThat(positions.at(100 + 10 * i)).isEqualTo(place);
      assertThat(positions.at(109 + 10 * i)).isEqualTo(place);
      assertThat(positions.before(1_001 + 10 * i)).isEqualTo(place);
      assertThat(positions.before(1_010 + 10 * i)).isEqualTo(place);
    }
    assertThat(positions.at(109).position()).isZero();
    assertThat(positions.before(1_010).position()).isZero();
  }

  @Test
  void thoseThatAreCloseOrKnownAreNotKept() {
    positions.add(110, 1_000, 10);
    positions.add(111, 1_000 + SPACING - 1, 11); // too close
    positions.add(112, 1_000 + SPACING, 12);
    positions.add(112, 1_000 + 3 * SPACING, 13); // known
    positions.add(90, 1_000 + 4 * SPACING, 14); // was read again

    assertThat(positions.at(111).offset()).isEqualTo(110);
    assertThat(positions.at(1_000)).isEqualTo(new Place(112, 1_000 + SPACING, 12));
  }
}
