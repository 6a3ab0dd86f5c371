package io.emque.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The broker as a process of its own: what it prints, and how it stops. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeProcessTest {
  private static final Pattern LISTENING = Pattern.compile("listening on https?://[^:]+:(\\d+)");

  @Test
  void startLineTellsAddressAndFingerprintAndTheAccessLogGoesToStandardOutput() throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0")) {
      assertThat(broker.startLine())
          .matches(
              "emque \\S+ listening on https://127\\.0\\.0\\.1:\\d+ \\(self-signed, SHA-256"
                  + " ([0-9A-F]{2}:){31}[0-9A-F]{2}\\)");

      broker.signal("TERM");

      assertThat(broker.exitCode()).isZero();
    }
  }

  @Test
  void clientsMayNotRenegotiate() throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0");
        var socket = anyCertificate().createSocket("127.0.0.1", broker.port())) {
      var tls = (SSLSocket) socket;
      tls.setEnabledProtocols(new String[] {"TLSv1.2"});
      tls.startHandshake();

      assertThatThrownBy(
              () -> {
                tls.startHandshake();
                send(tls, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
                head(tls.getInputStream());
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void accessLogIsInCommonLogFormat() throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0", "--tls=off")) {
      try (var socket = new Socket("127.0.0.1", broker.port())) {
        send(socket, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
      }

      String line = broker.outLine();

      assertThat(line)
          .matches(
              "127\\.0\\.0\\.1 - - \\[\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d [+-]\\d{4}]"
                  + " \"GET /health/live HTTP/1\\.1\" 200 \\d+");
    }
  }

  @Test
  void startLineOfAllInterfacesNamesWhatCanBeReached() throws Exception {
    try (var broker = Broker.start("--address=[::]:0", "--tls=off", "--access_log=off")) {
      assertThat(broker.startLine()).matches("emque \\S+ listening on http://localhost:\\d+ .*");
    }
  }

  @Test
  void proxySaysWhetherItKnowsItsServers() throws Exception {
    try (var proxy =
        Broker.start("--address=127.0.0.1:0", "--tls=off", "--proxy", "--servers=127.0.0.1:9")) {
      assertThat(proxy.secondLine)
          .isEqualTo(
              "proxy before 127.0.0.1:9; their certificates are not verified without --ca_file");
    }
  }

  @Test
  void logIsJsonForWhoAsks() throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0", "--tls=off", "--log_format=json")) {
      var line = com.google.gson.JsonParser.parseString(broker.startLine()).getAsJsonObject();

      assertThat(line.get("level").getAsString()).isEqualTo("INFO");
      assertThat(line.get("message").getAsString()).contains("listening on http://127.0.0.1:");
    }
  }

  @Test
  void hangUpReadsTheLevelAndTheCertificateAgain(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("emque.yaml");
    Path certificate = folder.resolve("cert.pem");
    Files.writeString(file, "log_level: warning\n");
    assumeThat(makeCertificate(folder)).as("SKIPPED: openssl is not installed").isTrue();
    try (var broker =
        Broker.start(
            "--address=127.0.0.1:0",
            "--config=" + file,
            "--cert_file=" + certificate,
            "--key_file=" + folder.resolve("key.pem"))) {
      Files.writeString(certificate, "nothing of the kind");
      broker.signal("HUP");
      assertThat(broker.awaitTalkOf("not used"))
          .contains("WARNING the new certificate is not used, the old one stays: ")
          .contains("holds no certificate");
      Files.writeString(file, "log_level: loud\n");
      broker.signal("HUP");
      assertThat(broker.awaitTalkOf("configuration stays")).contains("loud", "debug");
      Files.writeString(file, "log_level: info\n");
      broker.signal("HUP");
      assertThat(makeCertificate(folder)).isTrue();
      broker.signal("HUP");
      assertThat(broker.awaitTalkOf("new connections get"))
          .contains("INFO new connections get the new certificate (SHA-256 ");
    }
  }

  @Test
  void aFileThatChangesIsInForceAtOnceAsFarAsItCanBe(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("emque.yaml");
    Files.writeString(file, "max_topics: 1\ntls: off\n");
    try (var broker = Broker.start("--address=127.0.0.1:0", "--config=" + file)) {
      assertThat(publish(broker, "one")).startsWith("HTTP/1.1 200");
      assertThat(publish(broker, "two")).startsWith("HTTP/1.1 503").contains("TOO_MANY_TOPICS");

      Files.writeString(file, "max_topics: 2\nslow: block\n");
      assertThat(broker.awaitTalkOf("configuration stays")).contains("WARNING", "allow_block");
      assertThat(publish(broker, "two")).startsWith("HTTP/1.1 503");
      Files.writeString(file, "max_topics: 2\nheartbeat: 5s\nmax_streams: 7\n");
      assertThat(broker.awaitTalkOf("in force from now on")).endsWith(": max_topics");
      assertThat(broker.awaitTalkOf("needs a restart"))
          .contains("WARNING", "heartbeat", "tls", "max_streams");

      assertThat(publish(broker, "two")).startsWith("HTTP/1.1 200");
      Files.writeString(file, "max_topics: 2\npublish_rate_per_address: 1\n");
      assertThat(broker.awaitTalkOf("in force from now on")).contains("publish_rate_per_address");
      String answer = publish(broker, "two");
      for (int i = 0; i < 100 && answer.startsWith("HTTP/1.1 200"); i++) {
        answer = publish(broker, "two");
      }
      assertThat(answer).startsWith("HTTP/1.1 429").contains("RATE_LIMITED");
    }
  }

  private static String publish(Broker broker, String topic) throws IOException {
    try (var socket = new Socket("127.0.0.1", broker.port())) {
      send(
          socket,
          "POST /pub?topic=" + topic + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
      return head(socket.getInputStream());
    }
  }

  private static boolean makeCertificate(Path folder) throws Exception {
    try {
      return new ProcessBuilder(
                  "sh",
                  "-c",
                  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30"
                      + " -subj /CN=localhost -keyout key.pem.part -out cert.pem.part"
                      + " && mv key.pem.part key.pem && mv cert.pem.part cert.pem")
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void portInUseIsOneLineAndExitsWithOne() throws Exception {
    try (var first = Broker.start("--address=127.0.0.1:0", "--tls=off")) {
      var second =
          new ProcessBuilder(Broker.command("--address=127.0.0.1:" + first.port()))
              .redirectErrorStream(true)
              .start();
      String output = new String(second.getInputStream().readAllBytes(), UTF_8);

      assertThat(second.waitFor()).isEqualTo(1);
      assertThat(output)
          .startsWith("emque: cannot listen on 127.0.0.1:" + first.port())
          .contains("--address")
          .doesNotContain("listening on");
      assertThat(output.lines()).hasSize(1);
    }
  }

  @Test
  void termUnderLoadDeliversWhatWasAcceptedSaysGoodbyeAndExitsWithZero() throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0", "--tls=off", "--access_log=off");
        var webSocket = new Socket("127.0.0.1", broker.port());
        var stream = new Socket("127.0.0.1", broker.port());
        var publisher = new Socket("127.0.0.1", broker.port())) {
      send(
          webSocket,
          "GET /sub?topic=foo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n");
      var frames = new DataInputStream(new BufferedInputStream(webSocket.getInputStream()));
      assertThat(head(frames)).startsWith("HTTP/1.1 101");
      send(stream, "GET /sub?topic=foo HTTP/1.1\r\nHost: x\r\n\r\n");
      var lines = new BufferedInputStream(stream.getInputStream());
      assertThat(head(lines)).startsWith("HTTP/1.1 200");
      var accepted = CompletableFuture.supplyAsync(() -> publishUntilRefused(publisher));
      var received = CompletableFuture.supplyAsync(() -> framesUntilClose(frames));
      var rest = CompletableFuture.supplyAsync(() -> readAll(lines));
      broker.awaitMessages(1_000);

      broker.signal("TERM");

      assertThat(broker.exitCode()).isZero();
      long last = accepted.get(10, TimeUnit.SECONDS);
      assertThat(last).isGreaterThan(1_000);
      assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(new Goodbye(last, 1012));
      assertThat(rest.get(10, TimeUnit.SECONDS))
          .contains("message " + (last - 1) + "\n")
          .endsWith("\r\n0\r\n\r\n");
    }
  }

  @Test
  void stalledSubscriberDoesNotKeepItBeyondTheDrainLimit() throws Exception {
    try (var broker =
            Broker.start("--address=127.0.0.1:0", "--tls=off", "--drain=3s", "--access_log=off");
        var stalled = stalledSubscriber(broker)) {
      long start = System.nanoTime();
      broker.signal("TERM");

      assertThat(broker.exitCode()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
      assertThat(stalled.isClosed()).isFalse();
    }
  }

  @Test
  void accessLogThatNobodyReadsDoesNotKeepIt() throws Exception {
    try (var broker = Broker.start("--address=127.0.0.1:0", "--tls=off", "--drain=2s");
        var client = new Socket("127.0.0.1", broker.port())) {
      client.setSoTimeout(1_000);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100_000; i++) { // until pipe and queue are full
                  send(client, "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
                  head(client.getInputStream());
                }
              })
          .isInstanceOf(SocketTimeoutException.class);

      broker.signal("TERM");

      assertThat(broker.exitCode()).isZero();
    }
  }

  @Test
  void secondSignalEndsItAtOnce() throws Exception {
    try (var broker =
            Broker.start("--address=127.0.0.1:0", "--tls=off", "--drain=1h", "--access_log=off");
        var stalled = stalledSubscriber(broker)) {
      broker.signal("INT");
      broker.awaitTalk("emque stopping");
      broker.signal("INT");

      assertThat(broker.exitCode()).isEqualTo(130);
      assertThat(stalled.isClosed()).isFalse();
    }
  }

  private static SSLSocketFactory anyCertificate() throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new AnyCertificate()}, null);
    return context.getSocketFactory();
  }

  private static final class AnyCertificate implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static Socket stalledSubscriber(Broker broker) throws IOException {
    var stalled = new Socket();
    stalled.setReceiveBufferSize(4096);
    stalled.connect(new InetSocketAddress("127.0.0.1", broker.port()));
    send(stalled, "GET /sub?topic=foo HTTP/1.1\r\nHost: x\r\n\r\n");
    try (var publisher = new Socket("127.0.0.1", broker.port())) {
      send(
          publisher,
          "POST /pub?topic=foo HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\n"
              + "x".repeat(16_000_000));
      assertThat(head(publisher.getInputStream())).startsWith("HTTP/1.1 200");
    }
    return stalled;
  }

  /** Publishes by POST, one after the other; returns how many were accepted. */
  private static long publishUntilRefused(Socket socket) {
    long accepted = 0;
    try {
      var in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        String body = "message " + accepted;
        send(
            socket,
            "POST /pub?topic=foo HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);
        String head = head(in);
        if (!head.startsWith("HTTP/1.1 200")) {
          assertThat(head).startsWith("HTTP/1.1 503").contains("DRAINING");
          return accepted;
        }
        accepted++;
      }
    } catch (IOException ended) {
      return accepted;
    }
  }

  private static Goodbye framesUntilClose(DataInputStream in) {
    long messages = 0;
    try {
      while (true) {
        int opcode = in.readUnsignedByte() & 0x0f;
        var payload = new byte[in.readUnsignedByte()];
        in.readFully(payload);
        if (opcode == 8) {
          return new Goodbye(messages, (payload[0] & 0xff) << 8 | (payload[1] & 0xff));
        }
        if (opcode == 2) {
          assertThat(new String(payload, US_ASCII)).isEqualTo("message " + messages);
          messages++;
        }
      }
    } catch (IOException e) {
      return new Goodbye(messages, -1);
    }
  }

  private static String readAll(InputStream in) {
    var text = new java.io.ByteArrayOutputStream();
    try {
      in.transferTo(text);
    } catch (SocketException e) {
      text.writeBytes("reset".getBytes(US_ASCII));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return text.toString(UTF_8);
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("ended within the head: " + head);
      }
      head.append((char) c);
    }
    int length = head.indexOf("Content-Length: ");
    if (length >= 0) {
      String digits = head.substring(length + 16, head.indexOf("\r", length));
      in.readNBytes(Integer.parseInt(digits));
    }
    return head.toString();
  }

  private record Goodbye(long messages, int code) {}

  static final class Broker implements AutoCloseable {
    /** Most live for a second or two: they would not get back what more compiling costs. */
    private static final List<String> BRIEF =
        List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private final Process process;
    private final BufferedReader talk;
    private final BufferedReader out;
    private final String startLine;
    private String secondLine = "";

    private Broker(Process process) throws IOException {
      this.process = process;
      this.talk = process.errorReader(UTF_8);
      this.out = process.inputReader(UTF_8);
      this.startLine = talk.readLine();
      if (!startLine.startsWith("{")) {
        secondLine = talk.readLine(); // what to try
      }
    }

    static List<String> command(String... arguments) {
      List<String> command = busy(arguments);
      command.addAll(1, BRIEF);
      return command;
    }

    /** The command of a process that has work to do. */
    static List<String> busy(String... arguments) {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--sun-misc-unsafe-memory-access=allow"); // as in the image
      command.add("--module-path");
      command.add(System.getProperty("jdk.module.path"));
      command.add("--class-path"); // what no module descriptor asks for is there in tests
      command.add(System.getProperty("java.class.path"));
      command.add("--module");
      command.add("io.emque.cli/io.emque.cli.Main");
      command.addAll(List.of(arguments));
      return command;
    }

    static Broker start(String... arguments) throws IOException {
      return start(command(arguments));
    }

    static Broker start(List<String> command) throws IOException {
      return new Broker(new ProcessBuilder(command).start());
    }

    String startLine() {
      return startLine;
    }

    String secondLine() {
      return secondLine;
    }

    int port() {
      var matcher = LISTENING.matcher(startLine);
      assertThat(matcher.find()).as(startLine).isTrue();
      return Integer.parseInt(matcher.group(1));
    }

    String outLine() throws IOException {
      return out.readLine();
    }

    void awaitTalk(String start) throws IOException {
      for (String line = talk.readLine(); line != null; line = talk.readLine()) {
        if (line.startsWith(start)) {
          return;
        }
      }
      throw new AssertionError("ended without saying " + start);
    }

    String awaitTalkOf(String words) throws IOException {
      for (String line = talk.readLine(); line != null; line = talk.readLine()) {
        if (line.contains(words)) {
          return line;
        }
      }
      throw new AssertionError("ended without a word of " + words);
    }

    /** Waits on a subscription of its own. */
    void awaitMessages(int n) throws IOException {
      try (var socket = new Socket("127.0.0.1", port())) {
        send(socket, "GET /sub?topic=foo&from=" + n + "&format=raw HTTP/1.1\r\nHost: x\r\n\r\n");
        var in = socket.getInputStream();
        head(in);
        assertThat(in.read()).isPositive();
      }
    }

    void signal(String name) throws Exception {
      assertThat(
              new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                  .start()
                  .waitFor())
          .isZero();
    }

    /** All that is said from now on, as it grows. */
    Queue<String> listen() {
      var said = new ConcurrentLinkedQueue<String>();
      Thread.ofVirtual().start(() -> talk.lines().forEach(said::add));
      return said;
    }

    ProcessHandle handle() {
      return process.toHandle();
    }

    int exitCode() throws InterruptedException {
      return exitCode(Duration.ofSeconds(20));
    }

    int exitCode(Duration patience) throws InterruptedException {
      assertThat(process.waitFor(patience)).isTrue();
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
