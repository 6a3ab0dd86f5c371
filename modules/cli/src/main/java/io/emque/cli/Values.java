package io.emque.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Reads values by their kind. Every refusal names the key, the value, the rule and, where it can,
 * what was meant.
 */
final class Values {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB)?");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final Pattern ADDRESS =
      Pattern.compile("(|\\[[0-9A-Fa-f:.%]+]|[^:\\[\\]\\s]+):(\\d{1,5})");

  /** A century; more than three would not fit the nanoseconds of a long. */
  private static final int LONGEST_DAYS = 36_500;

  private Values() {}

  /** Refuses a value that is not of its flag's kind. */
  static void check(Flag flag, String source, String value) throws UsageException {
    switch (flag.kind()) {
      case SWITCH, ACTION -> bool(flag, source, value);
      case WORD -> word(flag, source, value);
      case NUMBER -> number(flag, source, value);
      case SIZE -> size(flag, source, value);
      case DURATION -> duration(flag, source, value);
      case ADDRESS -> address(flag, source, value);
      case TEXT, LIST -> text(source, value);
    }
  }

  private static void text(String source, String value) throws UsageException {
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw refused(source, value, "a text without control characters", "");
    }
  }

  static boolean bool(Flag flag, String source, String value) throws UsageException {
    return switch (value) {
      case "true" -> true;
      case "false" -> false;
      default -> throw refused(source, value, "true or false", "");
    };
  }

  static String word(Flag flag, String source, String value) throws UsageException {
    if (flag.values().contains(value)) {
      return value;
    }
    throw refused(
        source,
        value,
        "one of " + String.join(", ", flag.values()),
        Nearest.hint("", value, flag.values()));
  }

  static long number(Flag flag, String source, String value) throws UsageException {
    try {
      long number = Long.parseLong(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // refused below
    }
    throw refused(source, value, "a whole number, 0 or more", "");
  }

  static long size(Flag flag, String source, String value) throws UsageException {
    var matcher = SIZE.matcher(value);
    if (!matcher.matches()) {
      throw refused(source, value, "a size as 512, 64KiB, 16MiB or 1GiB", "");
    }
    String unit = matcher.group(2) == null ? "B" : matcher.group(2);
    int shift =
        switch (unit) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 0;
        };
    long number = Long.parseLong(matcher.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw refused(source, value, "a size that fits 8 EiB", "");
    }
    return number << shift;
  }

  static Duration duration(Flag flag, String source, String value) throws UsageException {
    if (value.equals("0")) {
      return Duration.ZERO;
    }
    var matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw refused(source, value, "a duration as 500ms, 10s, 5m, 1h, 1d or 0", "");
    }
    long number = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          default -> Duration.ofDays(number);
        };
    if (duration.toDays() > LONGEST_DAYS) {
      throw refused(source, value, "a duration of at most " + LONGEST_DAYS + "d", "");
    }
    return duration;
  }

  static Address address(Flag flag, String source, String value) throws UsageException {
    var matcher = ADDRESS.matcher(value);
    if (matcher.matches() && Integer.parseInt(matcher.group(2)) <= 65_535) {
      String host = matcher.group(1);
      if (host.startsWith("[")) {
        host = host.substring(1, host.length() - 1);
      }
      return new Address(host.toLowerCase(Locale.ROOT), Integer.parseInt(matcher.group(2)));
    }
    throw refused(source, value, "host:port, :port or [IPv6]:port with a port up to 65535", "");
  }

  private static UsageException refused(String source, String value, String rule, String hint) {
    return new UsageException(source + "=\"" + value + "\" is not " + rule + hint);
  }

  /**
   * Where to listen.
   *
   * @param host empty for all interfaces
   */
  record Address(String host, int port) {}
}
