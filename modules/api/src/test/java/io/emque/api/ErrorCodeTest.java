package io.emque.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {
  private static final Path PAGE = Path.of("..", "..", "docs", "reference", "errors.md");
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| `([A-Z_]+)` \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (yes|no) \\| \\S.* \\|$");

  @Test
  void everyCodeIsDescribedAsItIs() throws Exception {
    var described =
        ROW.matcher(Files.readString(PAGE))
            .results()
            .map(
                row ->
                    Stream.of(1, 2, 3, 4, 5).map(row::group).reduce((a, b) -> a + " " + b).get());

    assertThat(described)
        .containsExactlyElementsOf(
            Stream.of(ErrorCode.values()).map(ErrorCodeTest::described).toList());
  }

  private static String described(ErrorCode code) {
    return "%s %d %d %d %s"
        .formatted(
            code,
            code.httpStatus(),
            code.webSocketClose(),
            code.grpcStatus(),
            code.retryable() ? "yes" : "no");
  }
}
