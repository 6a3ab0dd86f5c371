package io.emque.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cursors that released versions gave are read, and mean what they meant. */
class FormatsTest {
  @ParameterizedTest
  @ValueSource(strings = "0.1")
  void cursorsAreReadAndWrittenAsTheyWere(String version) throws Exception {
    Path kept = Path.of("src/test/resources/formats", version, "cursors.txt");
    for (String text : Files.readAllLines(kept)) {
      Cursor cursor = Cursor.parse(text);

      assertThat(cursor.toString()).isEqualTo(text);
      assertThat(cursor.epoch() + ":").isEqualTo(text.substring(0, text.lastIndexOf(':') + 1));
      assertThat(cursor.merged()).isEqualTo(text.startsWith("~"));
    }
  }
}
