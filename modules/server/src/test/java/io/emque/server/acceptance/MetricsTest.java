package io.emque.server.acceptance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.emque.client.Emque;
import io.emque.server.ServerOptions;
import io.emque.server.StoreOptions;
import io.emque.server.TlsOptions;
import io.emque.wire.mq.MQGrpc;
import io.emque.wire.mq.PubRequest;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What servers of every kind show at {@code /metrics}, and what is written about it. */
@Timeout(60)
class MetricsTest {
  private static final Path ROOT = Path.of("..", "..");
  private static final Path PAGE = ROOT.resolve("docs/reference/metrics.md");
  private static final Path MONITORING = ROOT.resolve("distribution/src/image/monitoring");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\| (\\w+) \\|(.*?)\\| .+ \\|$");
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
  private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z0-9_]+)(?:\\{(.*)})? \\S+$");
  private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern USED = Pattern.compile("\\b(emque|jvm|process)_[a-z0-9_]+\\b");

  @TempDir Path folder;

  /**
   * A metric.
   *
   * @param labels of which {@code le} of histograms is none
   */
  private record Family(String type, Set<String> labels) {}

  @Test
  void everyMetricIsDocumentedAndEveryDocumentedOneIsThere() throws Exception {
    var shown = new TreeMap<String, Family>();
    for (String text : everyKind()) {
      families(text).forEach((name, family) -> shown.merge(name, family, MetricsTest::together));
    }

    assertThat(shown).isEqualTo(documented());
  }

  @Test
  void dashboardAndAlertsNameMetricsThatAreThere() throws Exception {
    var known = new TreeSet<String>();
    documented()
        .forEach(
            (name, family) -> {
              known.add(name);
              if (family.type().equals("histogram") || family.type().equals("summary")) {
                known.add(name + "_sum");
                known.add(name + "_count");
                known.add(name + "_bucket");
              }
            });

    for (String file : new String[] {"grafana.json", "alerts.yaml"}) {
      Set<String> used =
          USED.matcher(Files.readString(MONITORING.resolve(file)))
              .results()
              .map(MatchResult::group)
              .collect(Collectors.toSet());

      assertThat(used).as(file).isNotEmpty().isSubsetOf(known);
    }
  }

  @Test
  void promtoolFindsNoFault() throws Exception {
    assumeThat(hasPromtool()).as("SKIPPED: promtool is not installed").isTrue();
    for (String text : everyKind()) {
      Path file = Files.writeString(folder.resolve("metrics.txt"), text);
      assertThat(promtool(file, "check", "metrics")).doesNotContain("error");
    }

    assertThat(promtool(null, "check", "rules", MONITORING.resolve("alerts.yaml").toString()))
        .contains("SUCCESS");
  }

  /** Of a server with TLS, of one with a store, of a proxy. */
  private String[] everyKind() throws Exception {
    var plain = ServerOptions.DEFAULT.tls(TlsOptions.OFF);
    try (var memory = TestServer.start(ServerOptions.DEFAULT);
        var stored =
            TestServer.start(
                plain.store(StoreOptions.of(new NullStore(), folder.resolve("data"))));
        var proxy =
            TestServer.start(
                plain.upstream(Emque.builder().servers("http://127.0.0.1:" + stored.port())));
        var subscriber = Peer.webSocket(proxy.port(), "/sub?topic=foo")) {
      call(proxy);
      subscriber.readMessage();
      assertThat(memory.server().uri().getScheme()).isEqualTo("https");
      return new String[] {metrics(stored), metrics(proxy), secureMetrics(memory)};
    }
  }

  private static void call(TestServer server) throws Exception {
    var channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
    try {
      var answer =
          MQGrpc.newBlockingStub(channel).pub(PubRequest.newBuilder().setTopic("foo").build());
      assertThat(answer.getSerializedSize()).isZero();
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private static String metrics(TestServer server) throws IOException {
    try (var peer = Peer.connect(server.port())) {
      peer.sendHead("GET /health/live HTTP/1.1", new String[0]);
      assertThat(peer.readAnswer().status()).isEqualTo(200);
      peer.sendHead("GET /metrics HTTP/1.1", new String[0]);
      return peer.readAnswer().body();
    }
  }

  private static String secureMetrics(TestServer server) throws Exception {
    try (var peer = Peer.over(CertificateSwapTest.connect(server))) {
      peer.sendHead("GET /metrics HTTP/1.1", new String[0]);
      return peer.readAnswer().body();
    }
  }

  private static Map<String, Family> families(String text) {
    var types = new TreeMap<String, String>();
    TYPE.matcher(text).results().forEach(m -> types.put(m.group(1), m.group(2)));
    var labels = new TreeMap<String, Set<String>>();
    types.keySet().forEach(name -> labels.put(name, new TreeSet<>()));
    SAMPLE
        .matcher(text)
        .results()
        .forEach(
            m -> {
              String name = m.group(1);
              String family =
                  types.containsKey(name) ? name : name.replaceFirst("_(sum|count|bucket)$", "");
              assertThat(types).containsKey(family);
              if (m.group(2) != null) {
                LABEL
                    .matcher(m.group(2))
                    .results()
                    .map(label -> label.group(1))
                    .filter(label -> !label.equals("le"))
                    .forEach(label -> labels.get(family).add(label));
              }
            });
    var families = new TreeMap<String, Family>();
    types.forEach((name, type) -> families.put(name, new Family(type, labels.get(name))));
    return families;
  }

  /** A family has labels where it has samples. */
  private static Family together(Family one, Family other) {
    assertThat(one.type()).isEqualTo(other.type());
    var labels = new TreeSet<>(one.labels());
    labels.addAll(other.labels());
    return new Family(one.type(), labels);
  }

  private static Map<String, Family> documented() throws IOException {
    var families = new TreeMap<String, Family>();
    ROW.matcher(Files.readString(PAGE))
        .results()
        .forEach(
            row -> {
              var labels = new TreeSet<String>();
              for (String label : row.group(3).strip().split(", ")) {
                if (!label.isEmpty()) {
                  labels.add(label.replace("`", ""));
                }
              }
              families.put(row.group(1), new Family(row.group(2), labels));
            });
    assertThat(families).isNotEmpty();
    return families;
  }

  private static boolean hasPromtool() {
    try {
      return new ProcessBuilder(tool(), "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String tool() {
    return System.getProperty("promtool", "promtool");
  }

  private static String promtool(Path input, String... arguments) throws Exception {
    var command = new java.util.ArrayList<String>();
    command.add(tool());
    command.addAll(java.util.List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (input != null) {
      builder.redirectInput(input.toFile());
    }
    var process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
