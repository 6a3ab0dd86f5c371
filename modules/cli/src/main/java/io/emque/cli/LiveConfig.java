package io.emque.cli;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.emque.server.EmqueServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is read again while the server runs: on SIGHUP, and when the configuration file has changed.
 * A configuration that a start would refuse changes nothing.
 */
final class LiveConfig implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LiveConfig.class.getName());

  /** Options of "Limits" that are fixed when the port is opened. */
  private static final Set<String> FIXED =
      Set.of("max_message_bytes", "max_header_bytes", "max_line_bytes", "max_streams");

  private final EmqueServer server;
  private final Checked checked;
  private final EmqueServer.@Nullable Following watch; // null without a file
  private Settings applied; // under the monitor

  /**
   * Follows the file of these settings, if they have one.
   *
   * @param checked refuses settings that a server would refuse
   */
  LiveConfig(Settings settings, EmqueServer server, Checked checked) {
    this.applied = settings;
    this.server = server;
    this.checked = checked;
    this.watch = settings.file().map(file -> EmqueServer.follow(file, this::reload)).orElse(null);
  }

  /** Reads the file now. */
  synchronized void reload() {
    try {
      Settings read = applied.reread();
      checked.check(read);
      List<String> changed = changed(read);
      var limits = new LimitSettings(read);
      server.limit(limits.limits(), limits.maxTopics());
      Logging.level(Logging.level(read, true));
      tell(changed);
      applied = read;
    } catch (UsageException | IllegalArgumentException e) {
      LOG.log(WARNING, () -> "the configuration stays as it is: " + e.getMessage());
    }
  }

  private List<String> changed(Settings read) {
    var names = new ArrayList<String>();
    for (Flag flag : Flags.SETTINGS) {
      if (!applied.list(flag.name()).equals(read.list(flag.name()))) {
        names.add(flag.name());
      }
    }
    return names;
  }

  private static void tell(List<String> changed) {
    List<String> live = changed.stream().filter(LiveConfig::isLive).toList();
    List<String> fixed = changed.stream().filter(name -> !isLive(name)).toList();
    if (!live.isEmpty()) {
      LOG.log(INFO, () -> "in force from now on: " + String.join(", ", live));
    }
    if (!fixed.isEmpty()) {
      LOG.log(WARNING, () -> "needs a restart: " + String.join(", ", fixed));
    }
  }

  private static boolean isLive(String name) {
    return name.equals("log_level")
        || (Flags.named(name).group() == Flag.Group.LIMITS && !FIXED.contains(name));
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.close();
    }
  }

  /** What a start would look at. */
  interface Checked {
    void check(Settings settings) throws UsageException;
  }
}
