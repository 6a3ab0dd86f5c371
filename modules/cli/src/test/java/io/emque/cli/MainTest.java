package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MainTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --adress=:1                      | there is no flag --adress=:1; did you mean --address?
          --frobnicate                     | there is no flag --frobnicate
          -persit                          | did you mean --persist?
          sreve                            | there is no command "sreve"; did you mean serve?
          serve now                        | takes flags alone, got "now"
          --persist true                   | there is no command "true"
          --persist=yes                    | --persist="yes" is not true or false
          --slow=skp                       | not one of skip, disconnect, block; did you mean skip?
          --access_log=no                  | --access_log="no" is not one of on, off, json
          --sync=never                     | --sync="never" is not one of os, group, always
          --transport=htpp                 | did you mean http?
          --select=any                     | selector "any" is not known; known are all, shard
          --resolver=ipp                   | resolver "ipp" is not known; known are dns, ip; a plugin
          --address=8081                   | --address="8081" is not host:port
          --address=:70000                 | is not host:port, :port or [IPv6]:port with a port up to 65535
          --address                        | --address needs a value
          --address=:1 --address=:2        | --address is given twice
          --retain_bytes=64MB              | is not a size as 512, 64KiB
          --retain_age=1y                  | is not a duration as 500ms
          --retain_age=-1s                 | is not a duration
          --retain_age=200000d             | is not a duration of at most 36500d
          --drain=25h                      | drain must be 0 to 1 day
          --retain_count=-1                | is not a whole number
          --store=tape --persist           | store "tape" is not known
          --disk_free=lots                 | is not a size
          topics rm                        | emque topics rm takes the names of topics
          --retries=-1                     | is not a whole number
          --memory=1KiB                    | memory must be at least 1 MiB, got 1024
          --max_message_bytes=0            | max_message_bytes must be 1 byte to 1GiB
          --max_message_bytes=2GiB         | max_message_bytes must be 1 byte to 1GiB
          --heartbeat=0                    | heartbeat must be positive
          --allow_origins=example.com      | is no origin as https://example.com
          --tls=on                         | --tls="on" is not one of auto, off
          --acks=0                         | acks must be
          --acks=two                       | is not a whole number
          --timeout=0s                     | timeout must be positive
          pub foo x --ca_file=/not/there   | /not/there
          pub foo x --servers=:1:2         | ":1:2"
          --allow_block=1                  | --allow_block="1" is not true or false
          -topic                           | -topic needs a value
          --client --topic=foo --publish --subscribe | --publish and --subscribe exclude each other
          --client --topic=foo --publish=maybe | --publish="maybe" is not true or false
          -i --topic=foo --from=1 --after=e:1 | --from, --after and --since exclude each other
          --cert_file=a.pem                | --cert_file is given without --key_file
          --key_file=a.pem                 | --key_file is given without --cert_file
          --tls=off --cert_file=a --key_file=b | --tls=off and --cert_file exclude each other
          pub a b --key_file=a.pem         | --key_file is given without --cert_file
          pub a b --cert_file=/a --key_file=/b | there is no file /a
          --upstream_cert_file=a.pem       | --upstream_cert_file is given without --upstream_key_file
          --tls=off --client_ca_file=a     | --tls=off and --client_ca_file exclude each other
          --client_auth=optional           | --client_auth=optional needs --client_ca_file
          --client_auth=optional --client_ca_file=a | --client_auth=optional lets anyone in
          --client_auth=perhaps            | is not one of required, optional
          --slow=block                     | --slow=block needs --allow_block
          --auth=paper                     | authorizer "paper" is not known
          --tokens_file=tokens.yaml        | --tokens_file is for --auth=tokens
          --auth=tokens --jwt_keys=a       | --jwt_keys is for --auth=jwt
          --query_token                    | --auth_options and --query_token need --auth
          --auth=tokens --auth_options=a   | is not name=value
          pub a b --token=a --token_file=b | --token and --token_file exclude each other
          token                            | takes one word: new, hash or inspect
          token hash secret                | emque token hash takes no "secret"
          --proxy --client                 | --proxy and --client exclude each other
          --proxy                          | --proxy needs servers
          --proxy --persist --servers=a:1  | --proxy and --persist exclude each other
          --client --publish               | --client needs a topic
          --client --topic=foo             | --client needs --publish or --subscribe
          -i                               | -i needs a topic
          --log_level=loud                 | not one of debug, info, warning, error
          --log_format=xml                 | not one of text, json
          config                           | takes one word: check or show
          config look                      | takes one word: check or show
          config check --cert_file=a.pem   | --cert_file is given without --key_file
          config check --proxy             | --proxy needs servers
          config check --store=paper --persist | store
          bench now                        | emque bench takes flags alone, got "now"
          bench --publishers=0             | --publishers must be 1 to 10000, got 0
          bench --subscribers=20001        | --subscribers must be 0 to 20000, got 20001
          bench --topics=0                 | --topics must be 1 to 50000, got 0
          bench --payload=15               | --payload must be 16 to 268435456, got 15
          bench --payload=lots             | is not a size
          bench --publish_by=sse           | not one of ws, http, grpc
          bench --subscribe_by=htpp        | did you mean http?
          bench --duration=31d             | --duration must be 0 to 30d
          bench --duration=0               | bench needs an end; give --count or --duration
          bench --rate=-1                  | is not a whole number
          bench --window=0                 | --window=0 with --rate=0 has no limit at all
          bench --json --csv               | --json and --csv exclude each other
          bench --topics=50000 --servers=a,b | 100000 topics on all their servers are too many
          bench --servers=:1:2             | ":1:2"
          --config=/does/not/exist.yaml    | cannot read the configuration file
          """)
  void wrongUsageIsOneLineAndExitsWithTwo(String arguments, String message) {
    var result = run(Map.of(), arguments.trim().split(" +"));

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.talk()).contains(message).startsWith("emque: ").endsWith("\n");
    assertThat(result.talk().lines()).hasSize(1);
    assertThat(result.out()).isEmpty();
  }

  /** Each flag of the original and of this one, in the four ways that it may be written. */
  @ParameterizedTest
  @CsvSource({
    "address, :1",
    "cert_file, a",
    "key_file, a",
    "ca_file, a",
    "persist,",
    "proxy,",
    "retries, 3",
    "servers, a:1",
    "client,",
    "i,",
    "publish,",
    "subscribe,",
    "topic, foo",
    "select, shard",
    "resolver, dns",
    "transport, grpc",
    "tls, off",
    "max_message_bytes, 1KiB",
    "retain_bytes, 1MiB",
    "retain_age, 1m",
    "retain_count, 1",
    "memory, 1MiB",
    "slow, skip",
    "allow_block,",
    "heartbeat, 1s",
    "drain, 1s",
    "access_log, json",
    "data_dir, a",
    "sync, group",
    "acks, 1",
    "timeout, 1s",
    "plugins, a"
  })
  void flagsTakeOneDashOrTwoAndTheirValueEitherWay(String name, @Nullable String value)
      throws Exception {
    for (String dashes : List.of("-", "--")) {
      String flag = dashes + name;
      if (value == null) {
        assertThat(Arguments.parse(List.of(flag)).flags()).containsEntry(name, "true");
        assertThat(Arguments.parse(List.of(flag + "=false")).flags()).containsEntry(name, "false");
      } else {
        assertThat(Arguments.parse(List.of(flag + "=" + value)).flags()).containsEntry(name, value);
        assertThat(Arguments.parse(List.of(flag, value)).flags()).containsEntry(name, value);
      }
    }
    assertThat(Settings.resolve(Map.of(name, value == null ? "true" : value), Map.of(), null))
        .isNotNull();
  }

  @Test
  void helpNamesEveryFlagWithItsEnvironmentVariable() {
    var result = run(Map.of(), "--help");

    assertThat(result.code()).isZero();
    assertThat(result.talk()).isEmpty();
    for (Flag flag : Flags.ALL) {
      assertThat(result.out()).contains("-" + flag.name());
    }
    for (Flag flag : Flags.SETTINGS) {
      assertThat(result.out()).contains("[" + flag.environmentName() + "]");
    }
    assertThat(result.out()).contains("Examples:").contains("(default 64MiB)");
  }

  @Test
  void versionIsPrinted() {
    assertThat(run(Map.of(), "-version").out()).matches("emque \\d+\\.\\d+\\.\\d+.*\n");
  }

  @Test
  void flagBeatsEnvironmentBeatsFileBeatsDefault() throws Exception {
    Path file = folder.resolve("application.yaml");
    Files.writeString(
        file,
        "retain_count: 1\nretain_age: 1m\nretain_bytes: 1KiB\nallow_origins:\n  - https://a\n  - https://b\n");
    var flags = Map.of("retain_count", "3", "config", file.toString());
    var environment = Map.of("EMQUE_RETAIN_COUNT", "2", "EMQUE_RETAIN_AGE", "2m", "OTHER", "x");

    var settings = Settings.resolve(flags, environment, null);

    assertThat(settings.number("retain_count")).isEqualTo(3);
    assertThat(settings.duration("retain_age")).hasMinutes(2);
    assertThat(settings.size("retain_bytes")).isEqualTo(1024);
    assertThat(settings.list("allow_origins")).containsExactly("https://a", "https://b");
    assertThat(settings.duration("heartbeat")).hasSeconds(15);
  }

  @Test
  void bareOnAndOffOfYamlAreTheWords() throws Exception {
    Path file = folder.resolve("words.yaml");
    Files.writeString(file, "access_log: off\ntls: off\nallow_block: true\n");

    var settings = Settings.resolve(Map.of("config", file.toString()), Map.of(), null);

    assertThat(settings.text("access_log")).isEqualTo("off");
    assertThat(settings.text("tls")).isEqualTo("off");
    assertThat(settings.bool("allow_block")).isTrue();
  }

  @Test
  void listOfTheFileGivesWayToFlagAndVariable() throws Exception {
    String file = write("allow_origins:\n  - https://a\n  - https://b\n");

    var byFlag =
        Settings.resolve(
            Map.of("config", file, "allow_origins", "https://c, https://d"), Map.of(), null);
    var byVariable =
        Settings.resolve(Map.of("config", file), Map.of("EMQUE_ALLOW_ORIGINS", "https://e"), null);

    assertThat(byFlag.list("allow_origins")).containsExactly("https://c", "https://d");
    assertThat(byVariable.list("allow_origins")).containsExactly("https://e");
  }

  @Test
  void fileMayHaveAnyNameAndDollarsInItsValues() throws Exception {
    Path file = folder.resolve("emque.conf");
    Files.writeString(file, "persist: true\ndata_dir: ${a}\n");

    var settings = Settings.resolve(Map.of("config", file.toString()), Map.of(), null);

    assertThat(settings.bool("persist")).isTrue();
    assertThat(settings.text("data_dir")).isEqualTo("${a}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          'tls: {cert_file: x}'       | "tls.cert_file" in
          'retain_age: [1h]'          | "retain_age.0" in
          'allow_origins: {a: b}'     | "allow_origins.a" in
          'access_log: json5'         | did you mean json?
          'version: true'             | --version is for the command line alone
          'config: other.yaml'        | --config is for the command line alone
          """)
  void wrongFilesAreOneLineAndExitWithTwo(String content, String message) throws Exception {
    String file = write(content);

    var result = run(Map.of(), "--config=" + file);

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.talk()).contains(message).contains(file);
    assertThat(result.talk().lines()).hasSize(1);
  }

  @Test
  void folderIsNoConfigurationFile() {
    assertThat(run(Map.of(), "--config=" + folder).talk())
        .contains("cannot read the configuration file " + folder);
  }

  @Test
  void variablesOfKubernetesAndOfContainerImagesAreNoOptions() throws Exception {
    var environment =
        Map.of(
            "EMQUE_SERVICE_HOST", "10.0.0.1",
            "EMQUE_SERVICE_PORT_HTTPS", "8081",
            "EMQUE_PORT", "tcp://10.0.0.1:8081",
            "EMQUE_PORT_8081_TCP_ADDR", "10.0.0.1",
            "EMQUE_BROKER_SERVICE_PORT", "8081",
            "EMQUE_VERSION", "1.2.3");

    Settings.resolve(Map.of(), environment, null);

    assertThat(run(Map.of("EMQUE_PORT", "9000")).talk())
        .contains("there is no option for the environment variable EMQUE_PORT");
  }

  private String write(String content) throws Exception {
    return Files.writeString(folder.resolve("application.yaml"), content).toString();
  }

  @Test
  void homeHoldsTheConfigurationFile() throws Exception {
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/application.yaml"), "drain: 3s\n");

    assertThat(Settings.resolve(Map.of(), Map.of(), folder).duration("drain")).hasSeconds(3);
  }

  @Test
  void wrongFilesAndVariablesAreRefusedWithTheirNames() throws Exception {
    Path file = folder.resolve("wrong.yaml");
    Files.writeString(file, "retain_cuont: 1\n");
    assertThat(run(Map.of(), "--config=" + file).talk())
        .contains("no option \"retain_cuont\"")
        .contains(file.toString())
        .contains("did you mean retain_count?");

    Files.writeString(file, "slow: sometimes\n");
    assertThat(run(Map.of(), "--config=" + file).talk()).contains("slow in " + file);

    Files.writeString(file, "a: [\n");
    assertThat(run(Map.of(), "--config=" + file))
        .satisfies(
            result -> {
              assertThat(result.code()).isEqualTo(2);
              assertThat(result.talk()).contains("cannot read").contains(file.toString());
              assertThat(result.talk().lines()).hasSize(1);
            });

    assertThat(run(Map.of("EMQUE_ADRESS", ":1")).talk())
        .contains("EMQUE_ADRESS")
        .contains("did you mean EMQUE_ADDRESS?");
    assertThat(run(Map.of("EMQUE_ADDRESS", "nowhere")).talk())
        .contains("EMQUE_ADDRESS=\"nowhere\" is not host:port");
  }

  @Test
  void goodConfigurationIsGood() throws Exception {
    String file = write("retain_age: 2h\n");

    var result = run(Map.of(), "config", "check", "--config=" + file);

    assertThat(result.talk()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out()).isEqualTo("the configuration is good: " + file + "\n");
  }

  @Test
  void certificateThatIsNotThereIsFoundByTheCheck() {
    var result = run(Map.of(), "config", "check", "--cert_file=/no/cert", "--key_file=/no/key");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.talk()).isEqualTo("emque: there is no file /no/cert\n");
  }

  @Test
  void configurationIsShownWithItsSources() throws Exception {
    String file = write("retain_age: 2h\naccess_log: off\nallow_origins:\n  - https://a\n");
    var environment = Map.of("EMQUE_DRAIN", "3s", "EMQUE_TOKEN", "s3cret");

    var result = run(environment, "config", "show", "--config=" + file, "--address=[::1]:9000");

    assertThat(result.code()).isZero();
    assertThat(result.out().lines().map(line -> line.replaceAll(" +#", " #")))
        .contains(
            "address: \"[::1]:9000\" # flag",
            "drain: 3s # EMQUE_DRAIN",
            "retain_age: 2h # " + file,
            "access_log: off # " + file,
            "allow_origins: \"https://a\" # " + file,
            "heartbeat: 15s # default",
            "#memory: # default: a quarter of the heap",
            "#token: *** # EMQUE_TOKEN");
    assertThat(result.out()).doesNotContain("s3cret");
  }

  @Test
  void whatIsShownIsAConfigurationFileThatSaysTheSame() throws Exception {
    var shown = run(Map.of(), "config", "show", "--retain_age=3d", "--allow_origins=https://a,b");
    Path file = Files.writeString(folder.resolve("shown.yaml"), shown.out());

    var settings = Settings.resolve(Map.of("config", file.toString()), Map.of(), null);

    assertThat(settings.duration("retain_age")).hasDays(3);
    assertThat(settings.list("allow_origins")).containsExactly("https://a", "b");
    assertThat(settings.address("address")).isEqualTo(new Values.Address("", 8081));
  }

  private static Result run(Map<String, String> environment, String... arguments) {
    var out = new ByteArrayOutputStream();
    var talk = new ByteArrayOutputStream();
    int code =
        Main.run(
            List.of(arguments),
            environment,
            new PrintStream(out, true, UTF_8),
            new PrintStream(talk, true, UTF_8));
    return new Result(code, out.toString(UTF_8), talk.toString(UTF_8));
  }

  private record Result(int code, String out, String talk) {}
}
