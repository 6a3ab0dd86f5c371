package io.emque.engine;

import java.util.function.Supplier;

/**
 * A format in which many subscribers may want the same records: those are encoded once for all of
 * them, as {@link Slice#copyEncoded} says. Told apart by identity, so an object for each format is
 * made once.
 */
public final class RecordFormat {
  private final Supplier<RecordEncoder> encoders;

  /**
   * @param encoders makes one for each chunk
   */
  public RecordFormat(Supplier<RecordEncoder> encoders) {
    this.encoders = encoders;
  }

  RecordEncoder encoder() {
    return encoders.get();
  }
}
