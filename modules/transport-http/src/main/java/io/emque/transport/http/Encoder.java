package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.Slice;

/** Writes records of a log in one format. One instance a stream; one thread. */
interface Encoder {
  /** What comes before the first message; {@code next} is the position of the first one to come. */
  default void begin(Output out, Cursor next) {}

  /** All records of a slice. */
  void messages(Output out, String topic, Slice slice);

  /** Word of a gap, where the format can carry it. */
  default void gap(Output out, Gap gap) {}

  /** The broker stops, where the format can carry it; nothing follows. */
  default void moved(Output out, Moved moved) {}

  /**
   * Word that the stream is ended, where the format can carry it.
   *
   * @return whether it can
   */
  default boolean refusal(Output out, BrokerException why) {
    return false;
  }

  /** A sign of life, where the format can carry it. */
  default void heartbeat(Output out) {}
}
