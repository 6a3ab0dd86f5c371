package org.example.files;

import io.emque.api.spi.Store;
import io.emque.api.spi.StoredTopics;
import java.io.IOException;

/** Keeps topics in plain files. */
public final class FilesStore implements Store {
  @Override
  public String name() {
    return "files";
  }

  @Override
  public StoredTopics open(Options options) throws IOException {
    return new FilesTopics(options);
  }
}
