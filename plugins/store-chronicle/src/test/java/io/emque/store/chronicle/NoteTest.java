package io.emque.store.chronicle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoteTest {
  private static final Note NOTE = new Note(Map.of("epoch", "e 1", "next", "-7", "file", ""));

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("note");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noteIsReadAsItWasWritten(boolean durable) throws Exception {
    NOTE.write(file, durable);

    Note read = Note.read(file);

    assertThat(read).isEqualTo(NOTE);
    assertThat(read.text("epoch")).isEqualTo("e 1");
    assertThat(read.text("none")).isEmpty();
    assertThat(read.number("next", 1)).isEqualTo(-7);
    assertThat(read.number("epoch", 1)).isEqualTo(1);
    assertThat(read.number("none", 2)).isEqualTo(2);
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void noteReplacesAnotherWhole() throws Exception {
    new Note(Map.of("a", "x".repeat(1_000))).writeAnyhow(file);

    NOTE.writeAnyhow(file);

    assertThat(Note.read(file)).isEqualTo(NOTE);
  }

  /** Where the file beside it that it is written to first cannot be made. */
  @Test
  void noteIsOverwrittenWhereThereIsNoRoomForAnother() throws Exception {
    new Note(Map.of("a", "x".repeat(1_000))).write(file, false);
    Files.createDirectory(folder.resolve("note.part"));

    NOTE.writeAnyhow(file);

    assertThat(Note.read(file)).isEqualTo(NOTE);
  }

  @Test
  void noteThatIsMissingIsNone() throws Exception {
    assertThat(Note.read(file)).isNull();
  }

  @Test
  void noteThatIsCutOrChangedAnywhereIsNone() throws Exception {
    NOTE.write(file, false);
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 1;
      Files.write(file, damaged);
      assertThat(Note.read(file)).as("byte " + i).isNull();
      Files.write(file, java.util.Arrays.copyOf(bytes, i));
      assertThat(Note.read(file)).as(i + " bytes").isNull();
    }
  }
}
