package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.emque.cli.ServeProcessTest.Broker;
import io.emque.server.ClientCertificates;
import io.emque.server.EmqueServer;
import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Verbs of a client, the prompt and a proxy, before a server that asks for certificates. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClientCertificateProcessTest {
  private static final String OPENSSL =
      """
      set -e
      for ca in ca strangers; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \\
          -subj /CN=$ca -keyout $ca.key -out $ca.pem
      done
      for name in till:ca other:strangers; do
        ca=${name#*:} name=${name%:*}
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$name \\
          -keyout $name.key -out $name.csr
        openssl x509 -req -in $name.csr -CA $ca.pem -CAkey $ca.key -CAcreateserial -days 30 \\
          -out $name.pem
      done
      """;

  @TempDir Path folder;
  private EmqueServer server;

  private record Result(int code, String out, String talk) {}

  @BeforeEach
  void start() throws Exception {
    assumeThat(made()).as("SKIPPED: openssl is not installed").isTrue();
    var clients = new ClientCertificates(folder.resolve("ca.pem"), true);
    server =
        EmqueServer.start(
            ServerOptions.DEFAULT
                .listen("127.0.0.1", 0)
                .tls(TlsOptions.SELF_SIGNED.clients(clients)));
  }

  private boolean made() throws Exception {
    try {
      return new ProcessBuilder("sh", "-c", OPENSSL)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("openssl.log").toFile())
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private String cert(String name) {
    return "--cert_file=" + folder.resolve(name + ".pem");
  }

  private String key(String name) {
    return "--key_file=" + folder.resolve(name + ".key");
  }

  private Result run(int port, String input, String... arguments) throws Exception {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--servers=127.0.0.1:" + port);
    Process process = new ProcessBuilder(Broker.command(all.toArray(String[]::new))).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String talk = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), out, talk);
  }

  @Test
  void publishersAndSubscribersShowTheirs() throws Exception {
    int port = server.port();

    assertThat(run(port, "", "pub", "foo", "hello", cert("till"), key("till")))
        .isEqualTo(new Result(0, "", ""));
    assertThat(
            run(
                port,
                "",
                "sub",
                "foo",
                "--from=earliest",
                "--count=1",
                "--transport=grpc",
                cert("till"),
                key("till")))
        .isEqualTo(new Result(0, "hello\n", ""));
    assertThat(run(port, "typed\n", "-i", "--topic=bar", cert("till"), key("till")).out())
        .isEqualTo("typed\n");
    for (String by : List.of("http", "grpc")) {
      Result bench =
          run(
              port,
              "",
              "bench",
              "--count=100",
              "--warmup=0",
              "--csv",
              "--publish_by=" + by,
              "--subscribe_by=" + by,
              cert("till"),
              key("till"));
      assertThat(bench.code()).as(bench.talk()).isZero();
    }
  }

  @Test
  void whoIsRefusedIsToldSoInOneLine() throws Exception {
    for (String transport : List.of("http", "grpc")) {
      Result without = run(server.port(), "", "pub", "foo", "x", "--transport=" + transport);
      assertThat(without.code()).isEqualTo(1);
      assertThat(without.talk().lines()).hasSize(1);
      assertThat(without.talk())
          .startsWith("emque: ")
          .contains("a client certificate is needed; give --cert_file and --key_file");
    }
    Result other = run(server.port(), "", "sub", "foo", cert("other"), key("other"));
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.talk().lines()).hasSize(1);
    assertThat(other.talk()).contains("CN=other of CN=strangers is of no authority");

    Result mixed = run(server.port(), "", "pub", "foo", "x", cert("till"), key("other"));
    assertThat(mixed.code()).isEqualTo(2);
    assertThat(mixed.talk().lines()).hasSize(1);
    assertThat(mixed.talk()).contains("does not belong to the certificate");
  }

  @Test
  void startLineSaysWhoMayPublish() throws Exception {
    try (var broker =
        Broker.start("--address=127.0.0.1:0", "--client_ca_file=" + folder.resolve("ca.pem"))) {
      assertThat(broker.secondLine())
          .isEqualTo(
              "anyone with a good certificate may publish and subscribe; --auth=tokens asks who"
                  + " they are");
    }
  }

  @Test
  void proxyShowsItsOwn() throws Exception {
    try (var proxy =
        Broker.start(
            "--proxy",
            "--address=127.0.0.1:0",
            "--servers=127.0.0.1:" + server.port(),
            cert("other"),
            key("other"),
            "--upstream_cert_file=" + folder.resolve("till.pem"),
            "--upstream_key_file=" + folder.resolve("till.key"))) {
      assertThat(run(proxy.port(), "", "pub", "foo", "hello").code()).isZero();
    }
    assertThat(server.broker().topic("foo").orElseThrow().nextOffset()).isEqualTo(1);
  }
}
