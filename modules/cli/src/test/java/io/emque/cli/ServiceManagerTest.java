package io.emque.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a datagram socket of Python's, since Java has none. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServiceManagerTest {
  /** Says "bound", and then what comes, a line each. */
  private static final String RECEIVER =
      """
      import socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind(sys.argv[1].replace('@', chr(0)))
      print('bound', flush=True)
      while True:
          print(repr(s.recv(4096).decode()), flush=True)
      """;

  @TempDir Path folder;

  @Test
  void serviceIsReadyAliveAndStops() throws Exception {
    try (var systemd = Receiver.at(folder.resolve("notify").toString())) {
      var alive = new AtomicBoolean(true);
      var service =
          ServiceManager.of(Map.of("NOTIFY_SOCKET", systemd.address, "WATCHDOG_USEC", "20000"));

      service.ready("listening on https://localhost:8081", alive::get);
      assertThat(systemd.next())
          .isEqualTo("'READY=1\\nSTATUS=listening on https://localhost:8081'");
      assertThat(systemd.next()).isEqualTo("'WATCHDOG=1'");
      assertThat(systemd.next()).isEqualTo("'WATCHDOG=1'");
      alive.set(false);
      service.stopping(Duration.ofSeconds(12));

      String last = systemd.next();
      while (last.equals("'WATCHDOG=1'")) { // sent before it was dead
        last = systemd.next();
      }
      assertThat(last).isEqualTo("'STOPPING=1\\nSTATUS=stopping\\nEXTEND_TIMEOUT_USEC=12000000'");
    }
  }

  @Test
  void nameThatIsInNoFileSystemIsReached() throws Exception {
    try (var systemd = Receiver.at("@emque-test-" + ProcessHandle.current().pid())) {
      ServiceManager.of(Map.of("NOTIFY_SOCKET", systemd.address)).ready("up", () -> true);

      assertThat(systemd.next()).isEqualTo("'READY=1\\nSTATUS=up'");
    }
  }

  /** It serves all the same: whoever started it sees to it. */
  @Test
  void nobodyWhoListensIsNoFault() {
    var unset = ServiceManager.of(Map.of());
    var gone = ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("gone").toString()));
    var other = ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1234"));

    for (var service : new ServiceManager[] {unset, gone, other}) {
      service.ready("up", () -> true);
      service.stopping(Duration.ZERO);
    }
  }

  @Test
  void addressThatIsNoUnixSocketIsRefused() {
    assertThatThrownBy(() -> UnixDatagrams.to("vsock:2:1234"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vsock:2:1234");
    assertThatThrownBy(() -> UnixDatagrams.to("/" + "x".repeat(107)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("107 bytes");
  }

  private static final class Receiver implements AutoCloseable {
    final String address;
    private final Process python;
    private final BufferedReader out;

    private Receiver(String address, Process python) throws IOException {
      this.address = address;
      this.python = python;
      this.out = python.inputReader(UTF_8);
      assertThat(out.readLine()).isEqualTo("bound");
    }

    static Receiver at(String address) throws IOException {
      Process python;
      try {
        python =
            new ProcessBuilder("python3", "-c", RECEIVER, address)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
      } catch (IOException e) {
        return abort("SKIPPED: python3, which listens in systemd's place, is not there");
      }
      return new Receiver(address, python);
    }

    String next() throws IOException {
      return out.readLine();
    }

    @Override
    public void close() {
      python.destroyForcibly();
    }
  }
}
