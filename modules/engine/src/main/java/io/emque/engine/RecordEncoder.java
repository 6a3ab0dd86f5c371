package io.emque.engine;

import java.io.ByteArrayOutputStream;

/** Encodes the records of one chunk, each once and in their order. One thread at a time. */
@FunctionalInterface
public interface RecordEncoder {
  /** Appends record {@code i} of a slice to {@code to}. */
  void encode(Slice slice, int i, ByteArrayOutputStream to);
}
