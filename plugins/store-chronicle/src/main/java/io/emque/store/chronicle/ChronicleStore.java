package io.emque.store.chronicle;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredTopics;
import java.io.IOException;

/** {@code chronicle}: topics in the files of Chronicle Queue. */
public final class ChronicleStore implements Store {
  /** For ServiceLoader. */
  public ChronicleStore() {}

  @Override
  public String name() {
    return "chronicle";
  }

  @Override
  public StoredTopics open(Options options) throws IOException {
    return new ChronicleTopics(options);
  }
}
