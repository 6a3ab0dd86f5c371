package io.emque.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plugins of strangers, made outside the build with the JDK's tools, in a copy of the image. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PluginIT {
  private static final Path IMAGE = Path.of(requireNonNull(System.getProperty("emque.image")));
  private static final Path HOW_TO = Path.of("../docs/how-to").toAbsolutePath().normalize();
  private static final Pattern COMMAND = Pattern.compile("^\\$ (.+)$", Pattern.MULTILINE);
  private static final Pattern SOURCE =
      Pattern.compile("```java\n// (\\S+)\n(.*?)```", Pattern.DOTALL);

  /** A name is looked up every 5 s; Java, left alone, would keep it for 30. */
  private static final Duration REFRESHED = Duration.ofSeconds(15);

  @TempDir Path folder;

  private Path image;
  private final List<Started> started = new ArrayList<>();

  @BeforeEach
  void copyTheImage() throws Exception {
    image = folder.resolve("image");
    var copy = new ProcessBuilder("cp", "-a", IMAGE.toString(), image.toString());
    assertThat(copy.inheritIO().start().waitFor()).isZero();
  }

  @AfterEach
  void endAll() {
    started.forEach(Started::close);
  }

  @Test
  void selectorOfTheHowToIsChosenByItsName() throws Exception {
    var servers = List.of(server(), server());

    follow("write-a-selector.md", servers);

    int acme = Math.floorMod("acme".hashCode(), 2);
    int hooli = Math.floorMod("hooli".hashCode(), 2);
    assertThat(hooli).as("the page shows both cases").isNotEqualTo(acme);
    assertThat(topics(servers.get(acme))).contains("acme/orders", "acme/invoices");
    assertThat(topics(servers.get(acme))).doesNotContain("hooli");
    assertThat(topics(servers.get(hooli))).contains("hooli/orders").doesNotContain("acme");
  }

  @Test
  void resolverOfTheHowToIsChosenByItsNameAndAskedAgain() throws Exception {
    var servers = List.of(server(), server());

    follow("write-a-resolver.md", servers);
    assertThat(topics(servers.get(0))).contains("orders");
    var subscriber = emque(Map.of(), "sub", "news", "--servers=servers.txt", "--resolver=file");
    await().untilAsserted(() -> assertThat(topics(servers.get(0))).contains("news"));
    replace(folder.resolve("servers.txt"), servers.get(1).getAuthority() + "\n");

    await().untilAsserted(() -> assertThat(topics(servers.get(1))).contains("news"));
    publish(servers.get(1), "news", "from the second");
    assertThat(subscriber.awaitOutput()).isEqualTo("from the second");
  }

  @Test
  void changedDnsIsSeenThoughJavaWouldKeepTheOldAddress() throws Exception {
    Path hosts = folder.resolve("hosts");
    URI first = server("127.0.0.1:0");
    URI second = server("127.0.0.2:" + first.getPort());
    Files.writeString(hosts, "127.0.0.1 mq.test\n");
    var subscriber =
        emque(
            Map.of("EMQUE_JAVA_OPTS", "-Djdk.net.hosts.file=" + hosts.getFileName()),
            "sub",
            "news",
            "--servers=mq.test:" + first.getPort(),
            "--resolver=dns");
    await().untilAsserted(() -> assertThat(topics(first)).contains("news"));

    replace(hosts, "127.0.0.2 mq.test\n");

    await().atMost(REFRESHED).untilAsserted(() -> assertThat(topics(second)).contains("news"));
    publish(second, "news", "from the second");
    assertThat(subscriber.awaitOutput()).isEqualTo("from the second");
  }

  @Test
  void pluginsOfTheImageAreChosenByTheirNames() throws Exception {
    URI server = server();

    int code =
        emque(
                Map.of(),
                "pub",
                "orders",
                "one coffee",
                "--servers=" + server.getAuthority(),
                "--select=rendezvous")
            .exitCode();
    var srv = emque(Map.of(), "pub", "orders", "x", "--servers=mq:1", "--resolver=srv");

    assertThat(code).isZero();
    assertThat(topics(server)).contains("orders");
    assertThat(srv.talk()).contains("names a port; srv takes it from DNS, leave it out");
    assertThat(srv.exitCode()).isEqualTo(1);
  }

  @Test
  void imageWithoutItsPluginsFolderStarts() throws Exception {
    FileTree.delete(image.resolve("plugins"));

    assertThat(server()).isNotNull();
  }

  @Test
  void folderThatWasNamedMustBeThere() throws Exception {
    var emque = emque(Map.of(), "serve", "--plugins=nowhere");

    assertThat(emque.talk())
        .isEqualTo(
            "emque: cannot read the folder of plugins nowhere: there is no such folder; see"
                + " --plugins\n");
    assertThat(emque.exitCode()).isEqualTo(1);
  }

  @Test
  void pluginThatFailsStopsEveryCommandWithOneLine() throws Exception {
    Path bad = Files.createDirectories(folder.resolve("own/bad"));
    Files.writeString(bad.resolve("broken.jar"), "no zip file");

    for (String verb : List.of("serve", "topics")) {
      var emque = emque(Map.of(), verb, "--address=127.0.0.1:0", "--plugins=own");

      assertThat(emque.talk())
          .startsWith("emque: plugin bad cannot be loaded: Error reading ")
          .endsWith("; repair or remove own/bad\n")
          .containsOnlyOnce("\n");
      assertThat(emque.output()).isEmpty();
      assertThat(emque.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void providerThatThrowsStopsTheStart() throws Exception {
    plugin("bad", "", "", "throw new IllegalStateException(\"no dice\");");

    var emque = emque(Map.of(), "serve", "--address=127.0.0.1:0");

    assertThat(emque.talk())
        .contains(
            "emque: plugin bad cannot be loaded: a selector cannot be made: Provider third.Given"
                + " could not be instantiated: java.lang.IllegalStateException: no dice; repair or"
                + " remove "
                + image.toRealPath().resolve("plugins/bad"));
    assertThat(emque.exitCode()).isEqualTo(1);
  }

  @Test
  void pluginMayRequireModulesOfTheJdkThatNothingElseDoes() throws Exception {
    plugin("given", "requires java.sql;", "", "java.sql.DriverManager.getDrivers();");

    assertThat(known(Map.of())).contains("known are all, given, rendezvous, shard");
  }

  @Test
  void whatThePluginAsksOfTheJvmIsPassedOnOrNamed() throws Exception {
    plugin(
        "given",
        "",
        "Emque-Add-Opens: java.base/java.util.zip java.base/sun.nio.fs\n"
            + "Emque-Enable-Native-Access: true\n",
        """
        try {
          Class.forName("sun.nio.fs.UnixNativeDispatcher").getDeclaredMethod("init").setAccessible(true);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e);
        }
        if (!Given.class.getModule().isNativeAccessEnabled()) {
          throw new IllegalStateException("no native access");
        }
        """);
    String zip = "--add-opens=java.base/java.util.zip=io.emque.server";
    String files = " --add-opens=java.base/sun.nio.fs=io.emque.server";
    String access = " --enable-native-access=io.emque.server";

    assertThat(known(Map.of("EMQUE_JAVA_OPTS", zip + files + access)))
        .contains("known are all, given, rendezvous, shard");
    assertThat(known(Map.of("EMQUE_JAVA_OPTS", zip)))
        .contains(
            "plugin given cannot be loaded: it wants java.base/sun.nio.fs opened; start Java with"
                + files
                + ", as by EMQUE_JAVA_OPTS");
    assertThat(known(Map.of("EMQUE_JAVA_OPTS", zip + files)))
        .contains("it wants native access; start Java with" + access);
  }

  /** Writes the sources of a page, and runs its commands, with these for its servers. */
  private void follow(String page, List<URI> servers) throws Exception {
    String text = Files.readString(HOW_TO.resolve(page));
    var sources = SOURCE.matcher(text);
    int files = 0;
    for (; sources.find(); files++) {
      Path file = folder.resolve(sources.group(1));
      Files.createDirectories(requireNonNull(file.getParent()));
      Files.writeString(file, sources.group(2));
    }
    assertThat(files).isEqualTo(2);
    var commands = COMMAND.matcher(text);
    int run = 0;
    for (; commands.find(); run++) {
      String command = commands.group(1);
      for (int i = 0; i < servers.size(); i++) {
        command = command.replace("localhost:" + (8081 + i), servers.get(i).getAuthority());
      }
      var builder = new ProcessBuilder("sh", "-c", command).directory(folder.toFile());
      builder.environment().put("EMQUE", image.toString());
      String jdk = Path.of(System.getProperty("java.home"), "bin").toString();
      builder.environment().merge("PATH", jdk, (path, bin) -> bin + ":" + path);
      Path log = folder.resolve("command.log");
      builder.redirectErrorStream(true).redirectOutput(log.toFile());
      Process process = builder.start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command).isTrue();
      assertThat(process.exitValue()).as(command + "\n" + Files.readString(log)).isZero();
    }
    assertThat(run).isGreaterThanOrEqualTo(5);
  }

  /** A plugin with one selector, {@code given}, whose constructor holds these statements. */
  private void plugin(String name, String directives, String manifest, String constructor)
      throws Exception {
    Path work = Files.createDirectories(folder.resolve("third"));
    Files.writeString(
        work.resolve("module-info.java"),
        "module third { requires io.emque.api; "
            + directives
            + " provides io.emque.api.spi.Selector with third.Given; }");
    Files.writeString(
        work.resolve("Given.java"),
        """
        package third;
        import io.emque.api.spi.*;
        import java.util.List;
        public final class Given implements Selector {
          public Given() {
            %s
          }
          @Override public String name() { return "given"; }
          @Override public List<ServerAddress> select(String topic, List<ServerAddress> servers) {
            return servers;
          }
        }
        """
            .formatted(constructor));
    Files.writeString(work.resolve("manifest"), manifest);
    Path plugin = Files.createDirectories(image.resolve("plugins").resolve(name));
    tool(
        work,
        "javac",
        "-d",
        "classes",
        "--module-path",
        image.resolve("lib").toString(),
        "module-info.java",
        "Given.java");
    tool(
        work,
        "jar",
        "--create",
        "--file=" + plugin.resolve(name + ".jar"),
        "--manifest=manifest",
        "-C",
        "classes",
        ".");
  }

  private static void tool(Path work, String tool, String... arguments) throws Exception {
    var builder =
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", tool).toString());
    builder.command().addAll(List.of(arguments));
    assertThat(builder.directory(work.toFile()).inheritIO().start().waitFor()).isZero();
  }

  /** What it says of a name that nobody provides, or instead of that. */
  private String known(Map<String, String> environment) throws Exception {
    return emque(environment, "topics", "--select=no-such").talk();
  }

  private URI server() throws Exception {
    return server("127.0.0.1:0");
  }

  private URI server(String address) throws Exception {
    return emque(Map.of(), "serve", "--address=" + address, "--access_log=off").awaitServer();
  }

  private Started emque(Map<String, String> environment, String... arguments) throws Exception {
    Path tools = folder.resolve("tools");
    if (!Files.exists(tools)) {
      Started.tools(tools);
    }
    ProcessBuilder builder = Started.command(tools, image.resolve("bin/emque").toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().putAll(environment);
    var emque = new Started(builder.directory(folder.toFile()));
    started.add(emque);
    return emque;
  }

  private static String topics(URI server) throws Exception {
    return Started.answer(HttpRequest.newBuilder(server.resolve("/topics")).GET().build());
  }

  private static void publish(URI server, String topic, String message) throws Exception {
    var body = HttpRequest.BodyPublishers.ofString(message, UTF_8);
    Started.answer(
        HttpRequest.newBuilder(server.resolve("/pub?topic=" + topic)).POST(body).build());
  }

  /** In one step: nobody reads half a file. */
  private static void replace(Path file, String content) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, content);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
