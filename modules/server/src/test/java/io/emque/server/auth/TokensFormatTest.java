package io.emque.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.TopicPattern;
import io.emque.api.spi.TopicRules;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of tokens that were written for released versions mean what they meant. */
class TokensFormatTest {
  @ParameterizedTest
  @ValueSource(strings = "0.1")
  void fileOfTokensIsRead(String version) throws Exception {
    Path kept = Path.of("src/test/resources/formats", version, "tokens.yaml");

    assertThat(TokensFile.read(kept))
        .containsExactly(
            new TokenEntry(
                "shop",
                List.of(hash('a')),
                null,
                List.of(),
                null,
                Instant.parse("2027-01-31T12:00:00Z"),
                false,
                new TopicRules(patterns("orders/*", "on"), patterns("*"), List.of(), false)),
            new TokenEntry(
                "probe",
                List.of(hash('b'), hash('c')),
                null,
                List.of(),
                Instant.parse("2026-01-01T00:00:00Z"),
                null,
                false,
                new TopicRules(List.of(), List.of(), List.of(), true)),
            new TokenEntry(
                "gone",
                List.of(hash('d')),
                null,
                List.of(),
                null,
                null,
                true,
                new TopicRules(List.of(), List.of(), patterns("*"), false)),
            new TokenEntry(
                "till 7",
                List.of(),
                "CN=till-7,O=Example",
                List.of(
                    "dns:till-7.example.com",
                    "ip:192.0.2.7",
                    "uri:spiffe://example.com/till/7",
                    "email:till@example.com"),
                null,
                null,
                false,
                new TopicRules(patterns("1.0"), List.of(), List.of(), false)));
  }

  private static String hash(char letter) {
    return TokenText.hash("emque_" + String.valueOf(letter).repeat(43));
  }

  private static List<TopicPattern> patterns(String... texts) {
    return List.of(texts).stream().map(TopicPattern::of).toList();
  }
}
