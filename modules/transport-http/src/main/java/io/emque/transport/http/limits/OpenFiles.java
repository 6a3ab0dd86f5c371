package io.emque.transport.http.limits;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many connections the process may have, for the files it may have open. */
public final class OpenFiles {
  private static final int LEAST_RESERVE = 64;
  private static final int UNKNOWN = 1 << 20;

  private OpenFiles() {}

  /**
   * Most connections at all. One more than the system allows would end the listener: a tenth of the
   * files is left for everything else.
   */
  public static int connections() {
    long files =
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount()
            : UNKNOWN;
    long reserve = Math.max(LEAST_RESERVE, files / 10);
    return Math.clamp(files - reserve, 1, UNKNOWN);
  }

  /** Most that are let in: the others are there for a moment, to be told. */
  static int admitted() {
    int all = connections();
    return Math.max(1, all - Math.min(256, all / 10));
  }
}
