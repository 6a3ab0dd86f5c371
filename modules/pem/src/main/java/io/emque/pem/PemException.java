package io.emque.pem;

import java.io.IOException;

/** A file cannot be used. The message is one line that names the file and the way out. */
public final class PemException extends IOException {
  PemException(String message) {
    super(message);
  }

  PemException(String message, Throwable cause) {
    super(message, cause);
  }
}
