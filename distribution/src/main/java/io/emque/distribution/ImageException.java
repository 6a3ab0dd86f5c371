package io.emque.distribution;

/** The image cannot be built; the message is one line that says why. */
final class ImageException extends Exception {
  private static final long serialVersionUID = 1L;

  ImageException(String message) {
    super(message);
  }
}
