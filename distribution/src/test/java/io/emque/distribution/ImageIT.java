package io.emque.distribution;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image that was just built, as its users meet it. */
class ImageIT {
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final long MIB = 1024 * 1024;

  @TempDir static Path folder;

  private static Path tools;

  /** The archive, unpacked where the image was not built. */
  private static Path unpacked;

  @BeforeAll
  static void unpack() throws Exception {
    tools = Started.tools(folder.resolve("tools"));
    Path place = Files.createDirectory(folder.resolve("a \"place\" of its own"));
    Path archive;
    try (var files = Files.list(requireNonNull(IMAGE.getParent()))) {
      archive = files.filter(file -> file.toString().endsWith(".tar.gz")).findFirst().orElseThrow();
    }
    var tar = new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", place.toString());
    assertThat(tar.inheritIO().start().waitFor()).isZero();
    unpacked = place.resolve("emque-" + System.getProperty("emque.version"));
  }

  @Test
  void archiveIsNamedAfterVersionAndMachine() throws IOException {
    try (var files = Files.list(requireNonNull(IMAGE.getParent()))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.endsWith(".tar.gz"))
          .singleElement()
          .asString()
          .matches(
              "emque-\\Q"
                  + System.getProperty("emque.version")
                  + "\\E-(linux|macos)-(x86_64|aarch64)\\.tar\\.gz");
    }
  }

  @Test
  void servesWithItsOwnRuntimeUnderThePidOfTheLauncher() throws Exception {
    try (var emque = start(unpacked.resolve("bin/emque"), "")) {
      URI server = emque.awaitServer();

      String status = publish(server, "hello");

      assertThat(status).isEmpty();
      assertThat(emque.program()).isEqualTo(unpacked.toRealPath().resolve("runtime/bin/java"));
    }
  }

  @Test
  void endsWithZeroOnTerm() throws Exception {
    try (var emque = start(unpacked.resolve("bin/emque"), "")) {
      emque.awaitServer();

      emque.terminate();

      assertThat(emque.exitCode()).isZero();
    }
  }

  @Test
  void usesItsCacheWhereItIsUnpacked() throws Exception {
    Path log = folder.resolve("classes.log");
    try (var emque =
        start(
            unpacked.resolve("bin/emque"),
            "-XX:AOTMode=on -Xlog:class+load:file=" + log.getFileName())) {
      publish(emque.awaitServer(), "hello");
      emque.terminate();
      emque.exitCode();
    }

    var ours =
        Files.readAllLines(log).stream().filter(line -> line.contains(" io.emque.")).toList();

    assertThat(ours).filteredOn(line -> !line.contains("Lambda")).hasSizeGreaterThan(100);
    assertThat(ours)
        .filteredOn(line -> line.contains("source: file:"))
        .as("read from a jar instead")
        .isEmpty();
  }

  @Test
  void startsInSilenceWhenItsCacheIsRefused() throws Exception {
    Path copy = folder.resolve("touched");
    assertThat(
            new ProcessBuilder("cp", "-a", unpacked.toString(), copy.toString()).start().waitFor())
        .isZero();
    Path jar = copy.resolve("lib/emque-api-" + System.getProperty("emque.version") + ".jar");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));

    try (var strict = start(copy.resolve("bin/emque"), "-XX:AOTMode=on");
        var emque = start(copy.resolve("bin/emque"), "")) {
      assertThat(strict.exitCode()).as("the cache is refused").isNotZero();
      assertThat(emque.awaitTalk("")).contains("listening on");
    }
  }

  @Test
  void isFoundThroughLinksFromAnywhere() throws Exception {
    Path links = Files.createDirectory(folder.resolve("links"));
    Path first = Files.createSymbolicLink(links.resolve("first"), unpacked.resolve("bin/emque"));
    Path second = Files.createSymbolicLink(links.resolve("emque"), first.getFileName());

    try (var emque = start(second, "")) {
      emque.awaitServer();

      assertThat(emque.program()).isEqualTo(unpacked.toRealPath().resolve("runtime/bin/java"));
    }
  }

  @Test
  void argumentsArriveAsTheyWereGiven() throws Exception {
    String odd = "--address=a  b \"c\" 'd' $HOME * @e \\";

    try (var emque = run(unpacked.resolve("bin/emque"), odd)) {
      assertThat(emque.talk()).contains("a  b \"c\" 'd' $HOME * @e \\");
      assertThat(emque.exitCode()).isEqualTo(2);
    }
  }

  @Test
  void optionsOfTheMachinesOwnJavaAreLeftAlone() throws Exception {
    ProcessBuilder builder =
        Started.command(tools, unpacked.resolve("bin/emque").toString(), "--version");
    builder.environment().put("JDK_JAVA_OPTIONS", "-XX:NoSuchOption");

    try (var emque = new Started(builder)) {
      assertThat(emque.talk()).isEmpty();
      assertThat(emque.output().strip()).isEqualTo("emque " + System.getProperty("emque.version"));
      assertThat(emque.exitCode()).isZero();
    }
  }

  @Test
  void everyOptionOfTheExampleConfigurationIsKnown() throws Exception {
    String example = Files.readString(unpacked.resolve("conf/application.yaml"));
    Path all = folder.resolve("all.yaml");
    Files.writeString(all, example.replaceAll("(?m)^#([a-z_]+:)", "$1"));

    try (var emque = run(unpacked.resolve("bin/emque"), "--config=" + all, "serve", "extra")) {
      assertThat(Files.readString(all)).contains("\nheartbeat: 15s").contains("\naddress: ");
      assertThat(emque.talk()).contains("takes flags alone, got \"extra\"");
    }
  }

  @Test
  void isNoLargerThanItSaysWithoutTheCache() throws IOException {
    long bytes;
    try (var files = Files.walk(unpacked)) {
      bytes =
          files
              .filter(file -> Files.isRegularFile(file) && !file.endsWith("emque.aot"))
              .mapToLong(file -> file.toFile().length())
              .sum();
    }

    assertThat(bytes).isBetween(30 * MIB, 70 * MIB);
  }

  private static Started start(Path launcher, String jvmOptions) throws IOException {
    ProcessBuilder builder =
        Started.command(tools, launcher.toString(), "--address=127.0.0.1:0", "--access_log=off");
    builder.directory(folder.toFile());
    builder.environment().put("EMQUE_JAVA_OPTS", jvmOptions);
    return new Started(builder);
  }

  private static Started run(Path launcher, String... arguments) throws IOException {
    ProcessBuilder builder = Started.command(tools, launcher.toString());
    builder.command().addAll(java.util.List.of(arguments));
    return new Started(builder.directory(folder.toFile()));
  }

  private static String publish(URI server, String message) throws Exception {
    return Started.answer(
        HttpRequest.newBuilder(server.resolve("/pub?topic=foo"))
            .POST(HttpRequest.BodyPublishers.ofString(message))
            .build());
  }
}
