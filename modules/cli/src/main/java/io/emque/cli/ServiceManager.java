package io.emque.cli;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd how the service is (sd_notify(3)): ready, stopping, and, where the unit has a
 * watchdog, alive. Does nothing for a process that systemd does not wait for.
 */
final class ServiceManager {
  private static final System.Logger LOG = System.getLogger(ServiceManager.class.getName());

  private final @Nullable UnixDatagrams socket; // null when nobody listens
  private final Duration watchdog; // zero for none

  private ServiceManager(@Nullable UnixDatagrams socket, Duration watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /** As systemd says in the environment of its services. */
  static ServiceManager of(Map<String, String> environment) {
    String address = environment.getOrDefault("NOTIFY_SOCKET", "");
    if (address.isEmpty()) {
      return new ServiceManager(null, Duration.ZERO);
    }
    try {
      return new ServiceManager(UnixDatagrams.to(address), watchdog(environment));
    } catch (IllegalArgumentException e) {
      LOG.log(WARNING, () -> "systemd is not told that this is ready: " + e.getMessage());
      return new ServiceManager(null, Duration.ZERO);
    }
  }

  private static Duration watchdog(Map<String, String> environment) {
    String micros = environment.getOrDefault("WATCHDOG_USEC", "");
    String pid = environment.getOrDefault("WATCHDOG_PID", "");
    boolean ours = pid.isEmpty() || pid.equals(Long.toString(ProcessHandle.current().pid()));
    return ours && micros.matches("[0-9]{1,15}")
        ? Duration.ofNanos(Long.parseLong(micros) * 1_000)
        : Duration.ZERO;
  }

  /**
   * It listens.
   *
   * @param alive asked twice in each time that the watchdog leaves; no word is given while it is
   *     not
   */
  void ready(String status, BooleanSupplier alive) {
    tell("READY=1\nSTATUS=" + status);
    if (socket != null && watchdog.isPositive()) {
      Thread.ofVirtual().name("emque-watchdog").start(() -> watch(alive));
    }
  }

  /** Until the process ends: also while it stops, which may take longer than the watchdog waits. */
  private void watch(BooleanSupplier alive) {
    try {
      while (true) {
        if (alive.getAsBoolean()) {
          tell("WATCHDOG=1");
        }
        Thread.sleep(watchdog.dividedBy(2));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It stops, which may take as long as this. */
  void stopping(Duration limit) {
    tell("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" + limit.toNanos() / 1_000);
  }

  private void tell(String state) {
    if (socket == null) {
      return;
    }
    try {
      socket.send(state);
    } catch (IllegalStateException e) {
      LOG.log(DEBUG, () -> "systemd did not hear \"" + state + "\": " + e.getMessage());
    }
  }
}
