package io.emque.distribution;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.api.spi.Store;
import io.emque.testkit.StoreContract;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The store of {@code docs/how-to/write-a-store.md} keeps to what any store must. */
class StoreExampleIT extends StoreContract {
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final Path SOURCES = Path.of("../docs/examples/store/src");

  @TempDir static Path classes;

  private static URLClassLoader loader;

  @BeforeAll
  static void compile() throws Exception {
    var arguments =
        new ArrayList<>(List.of("-Xlint:all,-path", "-Werror", "-d", classes.toString()));
    arguments.addAll(List.of("--module-path", IMAGE.resolve("lib").toString()));
    try (var files = Files.walk(SOURCES)) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    assertThat(code).isZero();
    loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, StoreExampleIT.class.getClassLoader());
  }

  @AfterAll
  static void close() throws Exception {
    loader.close();
  }

  @Override
  protected Store store() {
    try {
      return (Store)
          loader.loadClass("org.example.files.FilesStore").getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
