package io.emque.transport.http;

import io.emque.api.BrokerException;
import io.emque.api.Cursor;
import io.emque.api.Gap;
import io.emque.engine.RecordFormat;
import io.emque.engine.Slice;
import org.jspecify.annotations.Nullable;

/** Writes records of a log in one format. One instance a stream; one thread. */
interface Encoder {
  /**
   * What comes before the first message.
   *
   * @param next where a client that loses the connection right then is to go on
   */
  default void begin(Output out, Cursor next) {}

  /** Record {@code i} of a slice. */
  void message(Output out, Slice slice, int i);

  /** The format that other streams share; null where encoding is no more than copying. */
  default @Nullable RecordFormat shared() {
    return null;
  }

  /** All records of a slice. */
  default void messages(Output out, Slice slice) {
    RecordFormat format = shared();
    int i = 0;
    while (i < slice.count()) {
      int put = format == null ? 0 : out.putEncoded(slice, format, i);
      if (put == 0) {
        message(out, slice, i);
        put = 1;
      }
      i += put;
    }
  }

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
