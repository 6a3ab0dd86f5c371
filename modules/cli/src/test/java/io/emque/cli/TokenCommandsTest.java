package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code emque token}. */
class TokenCommandsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream talk = new ByteArrayOutputStream();

  private void run(String input, String... words) throws Exception {
    out.reset();
    talk.reset();
    Settings settings = Settings.resolve(Map.of(), Map.of(), null);
    var in = new ByteArrayInputStream(input.getBytes(UTF_8));
    new TokenCommands(settings, in, new PrintStream(out, true), new PrintStream(talk, true))
        .run(List.of(words));
  }

  @Test
  void newTokenAloneIsOnStandardOutputAndItsHashBesideIt() throws Exception {
    run("", "new", "shop");
    String token = out.toString(UTF_8).strip();
    String entry = talk.toString(UTF_8);

    run(token + "\n", "hash");

    assertThat(token).matches("emque_[0-9A-Za-z_-]{43}");
    assertThat(entry)
        .contains("name: shop")
        .contains(out.toString(UTF_8).strip())
        .doesNotContain(token);
    run("", "new");
    assertThat(out.toString(UTF_8).strip()).isNotEqualTo(token);
  }

  @Test
  void shortTokenIsNotHashed() {
    assertThatThrownBy(() -> run("secret", "hash"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("a token of 6 characters might be guessed")
        .hasMessageNotContaining("secret");
  }

  @Test
  void webTokenIsShownInTwoLinesWhateverItHolds() throws Exception {
    run("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhXHUwMDFiXG5iIn0.", "inspect");

    assertThat(out.toString(UTF_8))
        .contains("its signature was not looked at")
        .contains("{\"alg\":\"none\"}")
        .hasLineCount(3);
  }
}
