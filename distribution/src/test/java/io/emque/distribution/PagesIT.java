package io.emque.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * Every block of code in the documentation: commands are run as they stand there, programs are
 * compiled and run, files are written and read; what is not says why, in the page's source. {@link
 * Page} tells how.
 *
 * <p>One page alone: {@code -Dit.test=PagesIT -Dpages=how-to/cluster}.
 */
class PagesIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern SOURCE = Pattern.compile("// (\\S+\\.java)\n");
  private static final String PAGES = System.getProperty("pages", "");

  @TempDir Path work;
  private final List<PageRun> runs = new ArrayList<>();

  @AfterEach
  void endAll() {
    runs.forEach(PageRun::close);
  }

  @TestFactory
  Stream<DynamicContainer> everyBlockOfEveryPage() throws IOException {
    var pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (var files = Files.walk(ROOT.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    assertThat(pages).hasSizeGreaterThan(30);
    return pages.stream()
        .filter(page -> ROOT.relativize(page).toString().contains(PAGES))
        .map(this::everyBlock);
  }

  private DynamicContainer everyBlock(Path page) {
    String name = ROOT.relativize(page).toString();
    try {
      List<Page.Step> steps = Page.read(page);
      Path own = work.resolve(name.replace('/', '-'));
      boolean changesImage = Files.readString(page).contains("$EMQUE/plugins");
      var run = new PageRun(folder(name, own), own, changesImage);
      runs.add(run);
      var tests = new ArrayList<DynamicTest>();
      tests.add(dynamicTest("begins", () -> run.begin(isExample(name) ? page.getParent() : null)));
      for (var step : steps) {
        tests.add(dynamicTest(step.title(), () -> run.step(() -> take(run, step, page))));
      }
      tests.add(dynamicTest("what stays puts out what is shown", () -> run.step(run::awaitOutput)));
      tests.add(dynamicTest("all ends", run::close));
      return dynamicContainer(name, steps.isEmpty() ? List.of() : tests);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The README's commands stand for this folder; all others' for one of their own. */
  private static Path folder(String page, Path own) {
    return page.equals("README.md") ? ROOT : own.resolve("folder");
  }

  /** Whether the page's folder holds more than it. */
  private static boolean isExample(String page) {
    return page.startsWith("docs/examples/") && !page.equals("docs/examples/README.md");
  }

  private static void take(PageRun run, Page.Step step, Path page) throws Exception {
    switch (step) {
      case Page.Stop stop -> run.stop(stop.words());
      case Page.Hidden hidden -> {
        if (hidden.port().isEmpty()) {
          run.run(new Page.Command(hidden.command(), List.of()));
        } else {
          run.runUntilAnswering(hidden.port(), hidden.command());
        }
      }
      case Page.Block block -> {
        switch (block.fate()) {
          case "" -> takeByLanguage(run, block);
          case "file" -> {
            checkSyntax(block.detail(), block.text());
            run.write(block.detail(), block.text());
          }
          case "stays until" -> {
            for (var command : Page.commands(block.text())) {
              run.runUntilSaying(block.detail(), command);
            }
          }
          case "run by" -> assertThat(isNamedBy(block.detail(), page)).isTrue();
          default -> abort("not run: " + block.detail());
        }
      }
    }
  }

  private static void takeByLanguage(PageRun run, Page.Block block) throws Exception {
    switch (block.language()) {
      case "console" -> {
        for (var command : Page.commands(block.text())) {
          run.run(command);
        }
      }
      case "java" -> {
        var source = SOURCE.matcher(block.text());
        if (source.lookingAt()) {
          run.write(source.group(1), block.text());
        } else {
          run.runSnippet(block.text());
        }
      }
      case "json", "yaml" -> checkSyntax("." + block.language(), block.text());
      default ->
          throw new AssertionError(
              "what becomes of it? Say so above it: <!-- file: NAME -->, <!-- run by: NAME --> or"
                  + " <!-- not run: WHY -->");
    }
  }

  private static void checkSyntax(String name, String text) {
    if (name.endsWith(".yaml") || name.endsWith(".json")) {
      Object parsed = new Yaml().load(text);
      assertThat(parsed).isNotNull();
    }
  }

  /** Whether a test of that name is there, and names the page. */
  private static boolean isNamedBy(String test, Path page) throws IOException {
    String name = String.valueOf(page.getFileName());
    for (String folder : List.of("modules", "plugins", ".")) {
      try (var projects = Files.newDirectoryStream(ROOT.resolve(folder), Files::isDirectory)) {
        for (Path project : projects) {
          Path tests = project.resolve("src/test");
          if (Files.isDirectory(tests) && isNamedIn(tests, test, name)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static boolean isNamedIn(Path tests, String test, String page) throws IOException {
    try (var files = Files.walk(tests)) {
      for (Path file : files.filter(each -> isCalled(each, test)).toList()) {
        if (Files.readString(file).contains(page)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isCalled(Path file, String test) {
    return String.valueOf(file.getFileName()).startsWith(test + ".") && Files.isRegularFile(file);
  }
}
