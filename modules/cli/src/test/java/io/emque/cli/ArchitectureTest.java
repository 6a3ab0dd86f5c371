package io.emque.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The module graph: who may require whom. */
class ArchitectureTest {
  private static final Path MODULES = Path.of("..");

  /** Every module and the modules of ours that it requires. */
  private static final Map<String, Set<String>> GRAPH =
      new TreeMap<>(
          Map.ofEntries(
              entry("api", Set.of()),
              entry("testkit", Set.of("api")),
              entry("engine", Set.of("api")),
              entry("frames", Set.of()),
              entry("pem", Set.of()),
              entry("websocket", Set.of("frames")),
              entry("wire", Set.of("api")),
              entry("client", Set.of("api", "frames", "pem", "wire")),
              entry("proxy", Set.of("engine")),
              entry("transport.http", Set.of("engine", "frames", "websocket", "wire")),
              entry("transport.grpc", Set.of("engine", "transport.http", "wire")),
              entry("console", Set.of("transport.http")),
              entry(
                  "server",
                  Set.of(
                      "client",
                      "console",
                      "engine",
                      "pem",
                      "proxy",
                      "transport.grpc",
                      "transport.http")),
              entry("junit", Set.of("proxy", "server", "testkit")),
              entry("cli", Set.of("client", "frames", "server", "wire"))));

  private final JavaClasses classes = new ClassFileImporter().importPaths(compiled());

  @Test
  void modulesRequireEachOtherAsDrawn() throws IOException {
    var found = new TreeMap<String, Set<String>>();
    for (Path module : compiled()) {
      try (InputStream in = Files.newInputStream(module.resolve("module-info.class"))) {
        var descriptor = ModuleDescriptor.read(in);
        var ours = new TreeSet<String>();
        for (var required : descriptor.requires()) {
          if (required.name().startsWith("io.emque.")) {
            ours.add(shortName(required.name()));
          }
        }
        found.put(shortName(descriptor.name()), ours);
      }
    }

    assertThat(found).isEqualTo(GRAPH);
  }

  @Test
  void packagesKnowNoOthersThanTheirModuleMay() {
    only("api", "io.emque.api..");
    only("engine", "io.emque.engine..", "io.emque.api..");
    only(
        "client",
        "io.emque.client..",
        "io.emque.api..",
        "io.emque.frames..",
        "io.emque.pem..",
        "io.emque.wire..");
    only("frames", "io.emque.frames..");
    only("pem", "io.emque.pem..");
    only("websocket", "io.emque.websocket..", "io.emque.frames..");
    only("wire", "io.emque.wire..", "io.emque.api..");
    noClasses()
        .that()
        .resideInAnyPackage("io.emque.api..", "io.emque.engine..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.helidon..")
        .check(classes);
  }

  private void only(String module, String... packages) {
    noClasses()
        .that()
        .resideInAPackage("io.emque." + module + "..")
        .should()
        .dependOnClassesThat(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "of other modules of ours",
                other ->
                    other.getPackageName().startsWith("io.emque.")
                        && List.of(packages).stream()
                            .noneMatch(
                                p -> other.getPackageName().startsWith(p.replace("..", "")))))
        .check(classes);
  }

  @Test
  void modulesAndPackagesHaveNoCycles() {
    slices().matching("io.emque.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void onlyTheCommandLineUsesStandardStreams() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.emque.cli..")
        .should(ACCESS_STANDARD_STREAMS)
        .check(classes);
  }

  @Test
  void everyClassIsInOneOfTheModules() {
    classes().should().resideInAnyPackage("io.emque..", "mq..", "").check(classes);
    assertThat(classes.size()).isGreaterThan(100);
  }

  private static String shortName(String module) {
    return module.substring("io.emque.".length());
  }

  private static List<Path> compiled() {
    var found = new ArrayList<Path>();
    try (var modules = Files.list(MODULES)) {
      modules
          .map(module -> module.resolve("target").resolve("classes"))
          .filter(classes -> Files.exists(classes.resolve("module-info.class")))
          .forEach(found::add);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return found;
  }
}
