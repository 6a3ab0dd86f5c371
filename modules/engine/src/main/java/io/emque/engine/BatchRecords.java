package io.emque.engine;

import io.emque.api.spi.StoredLog;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of a batch from {@code first} on, on its way to the disk. */
record BatchRecords(MessageBatch batch, int first, long now) implements StoredLog.Records {
  @Override
  public int count() {
    return batch.count() - first;
  }

  @Override
  public long timeNanos(int i) {
    return now;
  }

  @Override
  public @Nullable String id(int i) {
    return null;
  }

  @Override
  public Map<String, String> headers(int i) {
    return Map.of();
  }

  @Override
  public byte[] array(int i) {
    return batch.array(first + i);
  }

  @Override
  public int start(int i) {
    return batch.offset(first + i);
  }

  @Override
  public int length(int i) {
    return batch.length(first + i);
  }
}
