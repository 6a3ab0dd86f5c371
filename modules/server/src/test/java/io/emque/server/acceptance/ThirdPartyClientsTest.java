package io.emque.server.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import io.emque.server.ServerOptions;
import io.emque.server.TlsOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that others wrote, in languages of their own, run against a server. One whose tool is
 * missing says SKIPPED and why.
 */
@Timeout(240)
class ThirdPartyClientsTest {
  private static final Path SCRIPTS = Path.of("src", "test").toAbsolutePath();
  private static final Path NODE = Path.of("target", "node").toAbsolutePath();
  private static final Path PROTOS =
      Path.of("..", "wire", "src", "main", "proto").toAbsolutePath().normalize();

  /** The system's own first: it is the one that packages are installed for. */
  private static final List<String> PYTHONS = List.of("/usr/bin/python3", "python3");

  @TempDir Path folder;

  @Test
  void wsOfNode() throws Exception {
    installPackages();
    try (var server = TestServer.plain()) {
      node("ws.mjs", "ws://127.0.0.1:" + server.port());
    }
    try (var server = TestServer.start(ServerOptions.DEFAULT)) {
      node("ws.mjs", "wss://127.0.0.1:" + server.port());
    }
  }

  @Test
  void eventsourceOfNode() throws Exception {
    installPackages();
    try (var server = TestServer.plain()) {
      node("eventsource.mjs", "http://127.0.0.1:" + server.port());
    }
    try (var server = TestServer.start(ServerOptions.DEFAULT)) {
      node("eventsource.mjs", "https://127.0.0.1:" + server.port());
    }
  }

  @Test
  void eventsourceOfNodeGetsEveryPayloadAsItWas() throws Exception {
    installPackages();
    try (var server = TestServer.plain()) {
      node("eventsource-cases.mjs", "http://127.0.0.1:" + server.port());
    }
  }

  /** The clock of {@code retry}, and the cursor, are the client's own doing. */
  @Test
  void eventsourceOfNodeComesBackWhenItIsAskedTo() throws Exception {
    installPackages();
    var options = ServerOptions.DEFAULT.tls(TlsOptions.OFF);
    int port;
    CompletableFuture<Void> client;
    var others = new ArrayList<Peer>(); // with them it is asked to wait for up to a second
    try (var server = TestServer.start(options)) {
      port = server.port();
      for (int i = 0; i < 100; i++) {
        others.add(Peer.webSocket(port, "/sub?topic=moved"));
      }
      client = CompletableFuture.runAsync(() -> comesBack("http://127.0.0.1:" + port));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> server.broker().stats().subscribers() == 101);
      server.broker().publish("moved", "before");
    }
    try (var server = TestServer.startAt(port, options)) {
      server.broker().publish("moved", "after");

      client.get(100, TimeUnit.SECONDS);
    }
    for (Peer each : others) {
      each.close();
    }
  }

  private static void comesBack(String server) {
    try {
      node("eventsource-moved.mjs", server);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void grpcOfNode() throws Exception {
    installPackages();
    try (var server = TestServer.plain()) {
      node("grpc.mjs", "127.0.0.1:" + server.port(), "plain", PROTOS.toString());
    }
    try (var server = TestServer.start(ServerOptions.DEFAULT)) {
      node("grpc.mjs", "127.0.0.1:" + server.port(), "tls", PROTOS.toString());
    }
  }

  @Test
  void grpcioOfPython() throws Exception {
    String python = pythonWithGrpc();
    String script = SCRIPTS.resolve("python").resolve("grpc_client.py").toString();
    try (var server = TestServer.plain()) {
      passes(run(folder, python, script, "127.0.0.1:" + server.port()));
    }
    TlsOptions tls = certificate();
    try (var server = TestServer.start(ServerOptions.DEFAULT.tls(tls))) {
      String trusted = folder.resolve("cert.pem").toString();
      passes(run(folder, python, script, "127.0.0.1:" + server.port(), trusted));
    }
  }

  private TlsOptions certificate() throws Exception {
    if (!works("openssl", "version")) {
      abort("SKIPPED: openssl, which makes a certificate to trust, is not there");
    }
    succeeds(
        run(
            folder,
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem"));
    return new TlsOptions.Files(folder.resolve("cert.pem"), folder.resolve("key.pem"));
  }

  private String pythonWithGrpc() throws Exception {
    for (String python : PYTHONS) {
      if (works(python, "-c", "import grpc")) {
        return python;
      }
    }
    return abort("SKIPPED: no python3 with grpcio (Debian: python3-grpcio) is there");
  }

  /** What the lock file names, once. */
  private static synchronized void installPackages() throws Exception {
    if (!works("node", "--version") || !works("npm", "--version")) {
      abort("SKIPPED: node and npm are not there");
    }
    Path done = NODE.resolve("installed");
    Path lock = SCRIPTS.resolve("node").resolve("package-lock.json");
    boolean installed = Files.exists(done) && Files.mismatch(done, lock) < 0;
    Files.createDirectories(NODE);
    try (Stream<Path> files = Files.list(SCRIPTS.resolve("node"))) {
      for (Path file : files.toList()) {
        Files.write(NODE.resolve(file.getFileName().toString()), Files.readAllBytes(file));
      }
    }
    if (installed) {
      return;
    }
    Result result = run(NODE, "npm", "ci", "--no-audit", "--no-fund");
    if (result.code() != 0) {
      abort("SKIPPED: npm cannot install the clients: " + result.output());
    }
    Files.copy(lock, done, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void node(String script, String... arguments) throws Exception {
    var command = Stream.concat(Stream.of("node", script), Stream.of(arguments));
    passes(run(NODE, command.toArray(String[]::new)));
  }

  private static void passes(Result result) {
    assertThat(result.output()).contains("PASSED");
    succeeds(result);
  }

  private static void succeeds(Result result) {
    assertThat(result.code()).as(result.output()).isZero();
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      return run(Path.of("."), command).code() == 0;
    } catch (IOException notThere) {
      return false;
    }
  }

  private static Result run(Path in, String... command) throws IOException, InterruptedException {
    Path log = Files.createTempFile("third-party", ".log");
    var builder =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // The server's certificate is its own, and nobody vouches for it.
    builder
        .environment()
        .putAll(Map.of("NODE_TLS_REJECT_UNAUTHORIZED", "0", "NODE_NO_WARNINGS", "1"));
    try {
      Process process = builder.start();
      try {
        boolean ended = process.waitFor(100, TimeUnit.SECONDS);
        return new Result(ended ? process.exitValue() : -1, Files.readString(log));
      } finally {
        process.destroyForcibly();
      }
    } finally {
      Files.delete(log);
    }
  }

  private record Result(int code, String output) {}
}
