package io.emque.transport.http.limits;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many connections the process may have, for the files it may have open. */
public final class OpenFiles {
  private static final int SPARE_SHARE = 8;
  private static final int LEAST_SPARE = 32;
  private static final int ENOUGH_SPARE = 1024;
  private static final int LOGS_SHARE = 32; // of three files each
  private static final int LEAST_LOGS = 16;
  private static final int MOST_LOGS = 256;
  private static final int UNKNOWN = 1 << 20;

  private static final long OWN = open(); // jars, mostly

  private OpenFiles() {}

  /**
   * Most connections at all. One more than the system allows would end the listener: what is open
   * at the start, and an eighth of the files, or a tenth of very many, is left for everything else.
   */
  public static int connections() {
    long files = most();
    long spare = Math.clamp(files / SPARE_SHARE, LEAST_SPARE, Math.max(ENOUGH_SPARE, files / 10));
    return Math.clamp(files - OWN - spare, 1, UNKNOWN);
  }

  /** How many topics may have files open, of which each holds up to three. */
  public static int logs() {
    return Math.clamp(most() / LOGS_SHARE, LEAST_LOGS, MOST_LOGS);
  }

  /** How many files the process may have open. */
  public static long most() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : UNKNOWN;
  }

  /** How many it has open now; takes longer the more there are. */
  public static long open() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  /** Most that are let in: the others are there for a moment, to be told. */
  static int admitted() {
    int all = connections();
    return Math.max(1, all - Math.min(256, all / 10));
  }
}
