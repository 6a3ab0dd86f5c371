package io.emque.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/how-to/test-your-program.md shows is part of tests that are compiled and run here. */
class PageTest {
  private static final Path PAGE = Path.of("../../docs/how-to/test-your-program.md");
  private static final Path EXAMPLES = Path.of("src/test/java/io/emque/junit/example");
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @Test
  void everySnippetIsPartOfAnExample() throws IOException {
    String examples;
    try (var files = Files.list(EXAMPLES)) {
      examples = files.map(PageTest::read).map(PageTest::flat).collect(Collectors.joining("\n"));
    }

    var snippets = JAVA.matcher(Files.readString(PAGE)).results().toList();

    assertThat(snippets).hasSizeGreaterThanOrEqualTo(4);
    assertThat(snippets)
        .allSatisfy(snippet -> assertThat(examples).contains(flat(snippet.group(1))));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String flat(String java) {
    return java.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }
}
