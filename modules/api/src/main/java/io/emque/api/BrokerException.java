package io.emque.api;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request was refused. The message is one line that names what was wrong, the value, the rule and
 * the way out; it may be shown to the caller as it is.
 */
public final class BrokerException extends RuntimeException {
  private final ErrorCode code;
  private final @Nullable Duration retryAfter;

  /**
   * @param code what the refusal is called
   * @param message one line, fit to be shown to the caller; control characters become spaces
   */
  public BrokerException(ErrorCode code, String message) {
    super(OneLine.of(requireNonNull(message, "message")));
    this.code = requireNonNull(code, "code");
    this.retryAfter = null;
  }

  /**
   * @param code what the refusal is called
   * @param message one line, fit to be shown to the caller
   * @param retryAfter when the same request may succeed; positive
   */
  public BrokerException(ErrorCode code, String message, Duration retryAfter) {
    super(OneLine.of(requireNonNull(message, "message")));
    this.code = requireNonNull(code, "code");
    this.retryAfter = requireNonNull(retryAfter, "retryAfter");
  }

  /**
   * @param code what the refusal is called
   * @param message one line, fit to be shown to the caller
   * @param cause what led to it
   */
  public BrokerException(ErrorCode code, String message, Throwable cause) {
    super(OneLine.of(requireNonNull(message, "message")), cause);
    this.code = requireNonNull(code, "code");
    this.retryAfter = null;
  }

  /** What the refusal is called. */
  public ErrorCode code() {
    return code;
  }

  /** One line, fit to be shown to the caller; never null. */
  @Override
  public String getMessage() {
    return requireNonNull(super.getMessage());
  }

  /** Whether the same request may succeed later, unchanged. */
  public boolean retryable() {
    return code.retryable();
  }

  /** When the same request may succeed, where that is known. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
