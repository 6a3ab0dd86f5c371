package io.emque.distribution;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code ./emque} in the root of the sources: in a tree of its own, with a Maven that notes that it
 * was called and leaves an image which prints its process id and its arguments.
 */
class StartScriptIT {
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final Path ROOT =
      requireNonNull(IMAGE.resolve("../../..").normalize().toAbsolutePath());

  private static final String MAVEN =
      """
      #!/bin/sh
      target=$TREE/distribution/target
      echo "[INFO] Building emque-api 1 [1/2]"
      echo "$JAVA_HOME $*" >>"$TREE/calls"
      %s
      mkdir -p "$target/emque/bin"
      printf '#!/bin/sh\\nprintf "%%%%s\\\\n" $$ "$@"\\n' >"$target/emque/bin/emque"
      /bin/chmod +x "$target/emque/bin/emque"
      touch "$target/emque.stamp"
      """;

  @TempDir Path folder;

  private Path tree;
  private Path tools;
  private Path jdks;

  @BeforeEach
  void plantTree() throws IOException {
    tree = Files.createDirectory(folder.resolve("the sources"));
    tools = Started.tools(folder.resolve("tools"));
    jdks = Files.createDirectories(folder.resolve("jdks"));
    Files.copy(ROOT.resolve("emque"), tree.resolve("emque"));
    executable(tree.resolve("emque"));
    write("pom.xml", "");
    write("modules/api/src/main/java/A.java", "");
    write("modules/api/src/main/java/B.java", "");
    write("modules/api/src/test/java/ATest.java", "");
  }

  @Test
  void saysInOneLineWhatToInstallWithoutJdk() throws Exception {
    giveMaven("");
    Path old = jdks.resolve("jdk-17");
    giveJdk(old, "17.0.15");

    try (var emque = start()) {
      assertThat(emque.talk())
          .contains("JDK 25", "apt install openjdk-25-jdk", "brew install openjdk@25")
          .hasLineCount(1);
      assertThat(emque.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void saysInOneLineWhatToInstallWithoutMaven() throws Exception {
    giveJdk(jdks.resolve("jdk 25"), "25.0.3");

    try (var emque = start()) {
      assertThat(emque.talk())
          .contains("Maven", "apt install maven", "brew install maven")
          .hasLineCount(1);
      assertThat(emque.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void buildsWithTheJdkItFoundAndBecomesTheImagesProcess() throws Exception {
    giveJdk(jdks.resolve("jdk 25"), "25.0.3");
    giveMaven("");

    try (var emque = start("a  b", "\"c\"", "*", "--d='e'", "")) {
      assertThat(emque.output()).isEqualTo(emque.pid() + "\na  b\n\"c\"\n*\n--d='e'\n\n");
      assertThat(emque.exitCode()).isZero();
      assertThat(calls()).singleElement().asString().startsWith(jdks + "/jdk 25 -f " + tree);
    }
  }

  @Test
  void takesTheJdkOfJavaHomeFirst() throws Exception {
    giveJdk(jdks.resolve("jdk-25"), "25.0.3");
    Path chosen = folder.resolve("chosen");
    giveJdk(chosen, "25");
    giveMaven("");

    ProcessBuilder builder = command();
    builder.environment().put("JAVA_HOME", chosen.toString());
    try (var emque = new Started(builder)) {
      assertThat(emque.exitCode()).isZero();
      assertThat(calls()).singleElement().asString().startsWith(chosen + " ");
    }
  }

  @Test
  void buildsAgainOnlyWhenWhatIsInTheImageChanged() throws Exception {
    giveJdk(jdks.resolve("jdk-25"), "25.0.3");
    giveMaven("");
    run();
    run();
    assertThat(calls()).as("nothing changed").hasSize(1);

    inTheFuture("modules/api/src/test/java/ATest.java");
    run();
    assertThat(calls()).as("a test changed").hasSize(1);

    inThePast("distribution/target/emque.stamp");
    sourcesOlderThanThat();
    run();
    assertThat(calls()).as("older than the image").hasSize(1);

    Files.delete(tree.resolve("modules/api/src/main/java/B.java"));
    run();
    assertThat(calls()).as("a source is gone").hasSize(2);

    inTheFuture("modules/api/src/main/java/A.java");
    run();
    assertThat(calls()).as("a source is newer").hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoStartsBuildOnce(boolean withFlock) throws Exception {
    if (!withFlock) { // as on macOS
      Files.deleteIfExists(tools.resolve("flock"));
    }
    giveJdk(jdks.resolve("jdk-25"), "25.0.3");
    giveMaven("while [ ! -f \"$TREE/go\" ]; do sleep 0.1; done");

    try (var first = start();
        var second = startAfter(first, "building emque-api (1/2)")) {
      second.awaitTalk("waiting for another build to end");
      write("go", "");

      assertThat(first.exitCode()).isZero();
      assertThat(second.exitCode()).isZero();
      assertThat(calls()).hasSize(1);
    }
  }

  @Test
  void aLockWhoseHolderIsGoneIsTaken() throws Exception {
    giveJdk(jdks.resolve("jdk-25"), "25.0.3");
    giveMaven("");
    Files.deleteIfExists(tools.resolve("flock"));
    Process gone = new ProcessBuilder("true").start();
    gone.waitFor();
    write("distribution/target/build.lock.d/pid", Long.toString(gone.pid()));

    run();

    assertThat(calls()).hasSize(1);
  }

  @Test
  void aFailedBuildNamesItsLogAndItsErrorsAndStartsNothing() throws Exception {
    giveJdk(jdks.resolve("jdk-25"), "25.0.3");
    giveMaven("echo '[ERROR] A.java:[1,1] broken'; exit 1");

    try (var emque = start()) {
      assertThat(emque.talk())
          .contains(tree + "/distribution/target/build.log", "[ERROR] A.java:[1,1] broken");
      assertThat(emque.output()).isEmpty();
      assertThat(emque.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void anInterruptedBuildStopsMavenAndIsDoneAgain() throws Exception {
    giveJdk(jdks.resolve("jdk-25"), "25.0.3");
    giveMaven("trap 'touch \"$TREE/stopped\"; exit 1' TERM; while :; do sleep 0.1; done");

    try (var emque = start()) {
      emque.awaitTalk("building emque-api (1/2)");
      emque.terminate();

      assertThat(emque.exitCode()).isEqualTo(143);
      assertThat(tree.resolve("stopped")).exists();
    }
    giveMaven("");
    run();
    inTheFuture("pom.xml");
    run();
    assertThat(calls()).hasSize(3);
    assertThat(calls().get(1)).as("half a jar may be left").contains("forceCreation=true");
    assertThat(calls().get(2)).contains("forceCreation=false");
  }

  @Test
  void takesTheImageThatTheBuildMade() throws Exception {
    ProcessBuilder builder =
        Started.command(tools, ROOT.resolve("emque").toString(), "--address=127.0.0.1:0");
    builder.environment().put("EMQUE_JDKS", jdks.toString());

    try (var emque = new Started(builder)) {
      emque.awaitServer();

      assertThat(emque.program()).isEqualTo(IMAGE.toRealPath().resolve("runtime/bin/java"));
    }
  }

  private ProcessBuilder command(String... arguments) {
    ProcessBuilder builder = Started.command(tools, tree.resolve("emque").toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().put("EMQUE_JDKS", jdks.toString());
    builder.environment().put("HOME", folder.toString());
    builder.environment().put("TREE", tree.toString());
    return builder;
  }

  private Started start(String... arguments) throws IOException {
    return new Started(command(arguments));
  }

  private Started startAfter(Started other, String said) throws IOException {
    other.awaitTalk(said);
    return start();
  }

  private void run() throws Exception {
    try (var emque = start()) {
      assertThat(emque.exitCode()).isZero();
    }
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(tree.resolve("calls"));
  }

  private void giveJdk(Path jdk, String version) throws IOException {
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    for (String tool : List.of("javac", "jlink")) {
      Files.writeString(jdk.resolve("bin").resolve(tool), "#!/bin/sh\n");
      executable(jdk.resolve("bin").resolve(tool));
    }
  }

  /**
   * @param first what this Maven does before it leaves an image
   */
  private void giveMaven(String first) throws IOException {
    Files.writeString(tools.resolve("mvn"), MAVEN.formatted(first));
    executable(tools.resolve("mvn"));
  }

  private void write(String path, String text) throws IOException {
    Path file = tree.resolve(path);
    Files.createDirectories(requireNonNull(file.getParent()));
    Files.writeString(file, text);
  }

  private void inTheFuture(String path) throws IOException {
    Files.setLastModifiedTime(tree.resolve(path), FileTime.from(Instant.now().plusSeconds(60)));
  }

  private void inThePast(String path) throws IOException {
    Files.setLastModifiedTime(tree.resolve(path), FileTime.from(Instant.now().minusSeconds(60)));
  }

  private void sourcesOlderThanThat() throws IOException {
    try (var files = Files.walk(tree)) {
      for (Path file : files.filter(f -> !f.startsWith(tree.resolve("distribution"))).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(120)));
      }
    }
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
