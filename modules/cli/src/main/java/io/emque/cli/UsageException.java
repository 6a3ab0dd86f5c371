package io.emque.cli;

/** The command line, the environment or the configuration file is wrong. One line; exit code 2. */
final class UsageException extends Exception {
  UsageException(String message) {
    super(message);
  }
}
