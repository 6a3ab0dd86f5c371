package io.emque.store.chronicle;

import io.emque.api.spi.Store;
import io.emque.testkit.StoreContract;

class ChronicleStoreTest extends StoreContract {
  @Override
  protected Store store() {
    return new ChronicleStore();
  }
}
