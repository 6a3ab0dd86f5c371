package io.emque.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.emque.cli.ServeProcessTest.Broker;
import io.emque.client.Emque;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file of 200 MB through processes that have far less memory than that. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BulkTest {
  private static final int LINES = 1_000_000;
  private static final int LINE_BYTES = 200; // with its end
  private static final String HEAP = "-Xmx64m";

  @TempDir Path folder;
  private Path file;
  private Broker server;
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    file = folder.resolve("lines");
    try (var out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      String rest = "x".repeat(LINE_BYTES - 10);
      for (int i = 0; i < LINES; i++) {
        out.write(String.format("%09d%s\n", i, rest).getBytes(US_ASCII));
      }
    }
    assertThat(file).hasSize((long) LINES * LINE_BYTES);
  }

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    if (server != null) {
      server.close();
    }
  }

  private void serve(String retainBytes) throws Exception {
    server =
        Broker.start(
            Broker.busy(
                "--address=127.0.0.1:0",
                "--access_log=off",
                "--allow_block",
                "--retain_bytes=" + retainBytes));
  }

  private Process process(String... arguments) throws IOException {
    var command = Broker.busy(arguments);
    command.add(1, HEAP);
    command.add("--servers=127.0.0.1:" + server.port());
    Process process = new ProcessBuilder(command).start();
    processes.add(process);
    return process;
  }

  @Test
  void readerThatKeepsUpGetsEveryLine() throws Exception {
    serve("256MiB");
    publishTo(process("sub", "foo", "--count=" + LINES), 0);
  }

  @Test
  void slowReaderThatBlocksGetsEveryLineToo() throws Exception {
    serve("32MiB");
    publishTo(process("sub", "foo", "--slow=block", "--count=" + LINES), 20_000_000);
  }

  /**
   * @param pauseNanos of the reader at each MiB
   */
  private void publishTo(Process subscriber, long pauseNanos) throws Exception {
    try (Emque emque = Emque.connect("127.0.0.1:" + server.port())) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> emque.topic("foo").filter(foo -> foo.subscribers().size() == 1).isPresent());
    }
    Process publisher = process("pub", "foo", "--file=" + file);

    readAll(subscriber.getInputStream(), pauseNanos);

    String talk = new String(publisher.getErrorStream().readAllBytes(), US_ASCII);
    assertThat(publisher.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(talk)
        .matches("published 1000000 messages, 199\\.0 MB, in [0-9.]+ s \\([0-9]+/s\\)\n");
    assertThat(publisher.exitValue()).isZero();
    assertThat(new String(subscriber.getErrorStream().readAllBytes(), US_ASCII)).isEmpty();
    assertThat(subscriber.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(subscriber.exitValue()).isZero();
  }

  private static void readAll(InputStream out, long pauseNanos) throws IOException {
    var in = new BufferedInputStream(out, 1 << 20);
    for (int i = 0; i < LINES; i++) {
      byte[] line = in.readNBytes(LINE_BYTES);
      int number = 0;
      for (int digit = 0; line.length == LINE_BYTES && digit < 9; digit++) {
        number = number * 10 + line[digit] - '0';
      }
      if (number != i || line.length != LINE_BYTES) {
        throw new AssertionError("line " + i + " is \"" + new String(line, US_ASCII) + "\"");
      }
      if (pauseNanos > 0 && i % 5_000 == 0) {
        LockSupport.parkNanos(pauseNanos);
      }
    }
    assertThat(in.read()).isEqualTo(-1);
  }
}
