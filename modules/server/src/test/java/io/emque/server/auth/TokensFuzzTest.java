package io.emque.server.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Action;
import io.emque.api.spi.Authentication.Accepted;
import io.emque.api.spi.Credential;
import io.emque.testkit.FixedContext;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;

/** Files of tokens: good ones are read, others refused in one line. */
class TokensFuzzTest {
  private static final String TOKEN = "emque_" + "k".repeat(43);
  @TempDir static Path folder;

  private static List<byte[]> files() {
    String shop =
        """
        tokens:
          - name: shop
            hash: %s
            publish: ["orders/*", on]
            subscribe: '*'
            metrics: true
            expires: 2099-01-31T12:00:00Z
        """
            .formatted(TokenText.hash(TOKEN));
    String till =
        """
          - name: till
            subject: CN=till-7,O=Example
            san: [dns:till.example, "ip:::1", 'uri:urn:x', email:a@b]
            not_before: 2020-01-31T12:00:00+01:00
            revoked: false
            admin: ["a\\\\\\\\*b"]
        """;
    return List.of(
        shop.getBytes(UTF_8),
        (shop + till).getBytes(UTF_8),
        "tokens: []".getBytes(UTF_8),
        "tokens: &a [{name: \"x\\ny\", san: *a}]".getBytes(UTF_8),
        "{tokens: [{? [a, {b: c}] : d, <<: {name: x}}]}".getBytes(UTF_8));
  }

  @Fuzz(
      seeds = "files",
      runs = 100,
      words = {
        "name: ",
        "hash: ",
        "san: ",
        "\n",
        "  - ",
        "\"\\n\"",
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        "|",
        ">",
        "!!binary ",
        "!!set ",
        "---",
        "%YAML",
        "\t",
        "#",
        "\\",
        "'",
        "\"",
        "~"
      })
  void tokens(byte[] input) throws Exception {
    take(input);
  }

  private static void take(byte[] input) throws Exception {
    Path file = Files.write(folder.resolve("tokens.yaml"), input);
    try (var authority =
        new TokensAuthorizer().open(new FixedContext(Map.of("tokens_file", file.toString())))) {
      if (authority.authenticate(new Credential(TOKEN, null)) instanceof Accepted accepted) {
        assertThat(accepted.identity().name()).isNotBlank();
        var unused = accepted.identity().rules().allow(Action.PUBLISH, "orders/1");
      }
    } catch (IOException refused) {
      assertThat(refused.getMessage()).contains("tokens.yaml");
      assertThat(refused.getMessage().chars().filter(Character::isISOControl)).isEmpty();
    }
  }

  @Test
  void refusalOfTwoLinesWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          try {
            var unused = new Yaml().load(new String(input, UTF_8));
          } catch (YAMLException e) {
            assertThat(e.getMessage()).hasLineCount(1); // it has more
          }
        };

    assertThat(FuzzLoop.finds(planted, files(), 3_000)).isTrue();
  }
}
