package io.emque.engine;

import io.emque.api.Publication;
import io.emque.api.spi.StoredLog;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message on its way to the disk. */
record OneRecord(Publication publication, long now) implements StoredLog.Records {
  @Override
  public int count() {
    return 1;
  }

  @Override
  public long timeNanos(int i) {
    return now;
  }

  @Override
  public @Nullable String id(int i) {
    return publication.id();
  }

  @Override
  public Map<String, String> headers(int i) {
    return publication.headers();
  }

  @Override
  public byte[] array(int i) {
    return publication.payload();
  }

  @Override
  public int start(int i) {
    return 0;
  }

  @Override
  public int length(int i) {
    return publication.payload().length;
  }
}
