package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.emque.testkit.fuzz.Choices;
import io.emque.testkit.fuzz.Fuzz;
import io.emque.testkit.fuzz.FuzzLoop;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Command lines, environments and configuration files: taken, or refused in one line. */
class ConfigFuzzTest {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})\\s*(B|KiB|MiB|GiB)?");
  private static final Pattern SPAN = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

  @TempDir static Path folder;

  private static List<byte[]> commandLines() {
    return texts(
        "--address=:8081\0--tls=off\0-persist",
        "-slow\0skip\0--retain_bytes=64MiB\0--",
        "--servers=a:1,b\0--proxy\0--acks=2",
        "pub\0foo\0--token=x",
        "--retain_age\0001h\0--help=false\0-i");
  }

  @Fuzz(
      runs = 500,
      seeds = "commandLines",
      words = {"\0", "--", "-", "=", "--address=", "--persist", "true", "[::]:1", "\n", "\033[2J"})
  void arguments(byte[] input) {
    try {
      Arguments parsed = Arguments.parse(List.of(new String(input, UTF_8).split("\0", -1)));
      if (!parsed.flags().containsKey("config")) { // whatever file that may be
        Combinations.check(Settings.resolve(parsed.flags(), Map.of(), null), true);
      }
    } catch (UsageException refused) {
      assertOneLine("emque: " + refused.getMessage());
    }
  }

  private static List<byte[]> environments() {
    return texts(
        "EMQUE_ADDRESS\0:1\0EMQUE_TLS\0off",
        "EMQUE_PORT\0tcp://10.0.0.1:80\0EMQUE_SERVICE_HOST\0x",
        "EMQUE_JAVA_OPTS\0-Xmx1g\0PATH\0/bin",
        "EMQUE_RETAIN_AGE\0001h\0EMQUE_SLOW\0block\0EMQUE_ALLOW_BLOCK\0true");
  }

  @Fuzz(
      runs = 500,
      seeds = "environments",
      words = {"EMQUE_", "\0", "_PORT", "tcp://", "\n", "true"})
  void environment(byte[] input) {
    var environment = new HashMap<String, String>();
    String[] parts = new String(input, UTF_8).split("\0", -1);
    for (int i = 0; i + 1 < parts.length; i += 2) {
      environment.put(parts[i], parts[i + 1]);
    }
    environment.remove("EMQUE_CONFIG");
    try {
      Combinations.check(Settings.resolve(Map.of(), environment, null), true);
    } catch (UsageException refused) {
      assertOneLine("emque: " + refused.getMessage());
    }
  }

  private static List<byte[]> files() {
    return texts(
        "address: \"127.0.0.1:0\"\ntls: off\npersist: true\ndata_dir: data\n",
        "slow: disconnect\nallow_origins:\n  - https://a.example\n  - '*'\nretain_age: 90m\n",
        "access_log: off\nmax_message_bytes: 1MiB\nretain_count: 10\nheartbeat: 15s\n",
        "servers: [one, \"two:1\"]\nproxy: true\nacks: 1\nretries: 3\n",
        "auth_options: {a: b}\ntls:\n  - off\n",
        "data_dir: \"a\\0b\\n\"\npersist: true\n",
        "# nothing\n");
  }

  /** What is taken is shown by {@code config show} as a file that says the same. */
  @Fuzz(
      seeds = "files",
      runs = 80,
      words = {
        ": ",
        "\n",
        "- ",
        "\"\\n\"",
        "\"\\0\"",
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        "|\n  ",
        "!!int ",
        "!!binary ",
        "---\n",
        "...",
        "\t",
        "#",
        "'",
        "\"",
        "~",
        "null",
        "0x10",
        "1_000",
        ".inf"
      })
  void file(byte[] input) throws Exception {
    Path file = Files.write(folder.resolve("application.yaml"), input);
    Path shown = folder.resolve("shown.yaml");

    String first = show(file);

    if (!first.isEmpty()) {
      Files.writeString(shown, first);
      assertThat(values(show(shown))).isEqualTo(values(first));
    }
  }

  /** Runs {@code config check}, and {@code config show} where that is good; empty where not. */
  private static String show(Path file) {
    var talk = new ByteArrayOutputStream();
    var out = new ByteArrayOutputStream();
    int code = run(List.of("config", "check", "--config=" + file), out, talk);
    if (code != 0) {
      assertThat(code).isIn(1, 2);
      assertThat(talk.toString(UTF_8)).startsWith("emque: ").endsWith("\n");
      assertOneLine(talk.toString(UTF_8).stripTrailing());
      return "";
    }
    out.reset();
    assertThat(run(List.of("config", "show", "--config=" + file), out, talk)).isZero();
    return out.toString(UTF_8);
  }

  private static int run(
      List<String> arguments, ByteArrayOutputStream out, ByteArrayOutputStream talk) {
    return Main.run(
        arguments,
        Map.of(),
        new PrintStream(out, false, UTF_8),
        new PrintStream(talk, false, UTF_8));
  }

  /** Without the remarks that say where a value is from. */
  private static List<String> values(String shown) {
    var values = new ArrayList<String>();
    for (String line : shown.split("\n")) {
      if (!line.startsWith("#")) {
        values.add(line.substring(0, line.lastIndexOf(" # ")).stripTrailing());
      }
    }
    return values;
  }

  private static List<byte[]> values() {
    return texts("64KiB", "0", "10s", "1d", "8 GiB", "999999999999d", "8589934592GiB", "[::1]:80");
  }

  /** Against numbers without an end. */
  @Fuzz(
      seeds = "values",
      words = {"KiB", "GiB", "B", "ms", "s", "d", " ", "0", "9", ":", "[", "]"})
  void value(byte[] input) {
    String text = new String(input, UTF_8);
    assertThat(size(text)).isEqualTo(sizeByHand(text));
    assertThat(span(text)).isEqualTo(spanByHand(text));
    try {
      Values.Address address = Values.address(Flags.named("address"), "--address", text);
      assertThat(address.port()).isBetween(0, 65_535);
    } catch (UsageException refused) {
      assertThat(refused.getMessage()).startsWith("--address=\"");
    }
  }

  private static BigInteger size(String text) {
    try {
      return BigInteger.valueOf(Values.size(Flags.named("memory"), "--memory", text));
    } catch (UsageException refused) {
      return null;
    }
  }

  private static BigInteger sizeByHand(String text) {
    var matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    int thousands = matcher.group(2) == null ? 0 : "BKMG".indexOf(matcher.group(2).charAt(0));
    var size = new BigInteger(matcher.group(1)).multiply(BigInteger.valueOf(1024).pow(thousands));
    return size.bitLength() > 63 ? null : size;
  }

  private static Duration span(String text) {
    try {
      return Values.duration(Flags.named("drain"), "--drain", text);
    } catch (UsageException refused) {
      return null;
    }
  }

  private static Duration spanByHand(String text) {
    var matcher = SPAN.matcher(text);
    if (!matcher.matches()) {
      return text.equals("0") ? Duration.ZERO : null;
    }
    long millis =
        switch (matcher.group(2)) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    var span = new BigInteger(matcher.group(1)).multiply(BigInteger.valueOf(millis));
    var most = BigInteger.valueOf(36_501L * 86_400_000 - 1);
    return span.compareTo(most) > 0 ? null : Duration.ofMillis(span.longValueExact());
  }

  @Test
  void sizeThatOverflowsWouldBeFound() {
    FuzzLoop.Target planted =
        input -> {
          String text = new Choices(input).text(40);
          var right = sizeByHand(text);
          var matcher = SIZE.matcher(text);
          if (matcher.matches() && "GiB".equals(matcher.group(2))) {
            assertThat(BigInteger.valueOf(Long.parseLong(matcher.group(1)) << 30)).isEqualTo(right);
          }
        };
    var seeds = texts("\00564GiB", "\0158589934591GiB");

    assertThat(FuzzLoop.finds(planted, seeds, 20_000)).isTrue();
  }

  private static void assertOneLine(String message) {
    assertThat(message).isNotBlank();
    assertThat(message.chars().filter(Character::isISOControl)).isEmpty();
  }

  private static List<byte[]> texts(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
  }
}
