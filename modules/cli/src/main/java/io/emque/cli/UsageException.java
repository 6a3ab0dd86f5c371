package io.emque.cli;

import io.emque.api.OneLine;

/** The command line, the environment or the configuration file is wrong. One line; exit code 2. */
final class UsageException extends Exception {
  /** Names and values are shown as they were given, but for what would break the line. */
  UsageException(String message) {
    super(OneLine.of(message));
  }
}
