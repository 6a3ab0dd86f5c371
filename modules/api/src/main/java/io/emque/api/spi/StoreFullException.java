package io.emque.api.spi;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** There is no room on the disk for what was to be appended. */
public final class StoreFullException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message one line that names the folder
   * @param cause what said so, or null
   */
  public StoreFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
