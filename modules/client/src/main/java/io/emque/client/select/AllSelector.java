package io.emque.client.select;

import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import java.util.List;

/** {@code all}: every topic lives on every server. */
public final class AllSelector implements Selector {
  /** For ServiceLoader. */
  public AllSelector() {}

  @Override
  public String name() {
    return "all";
  }

  @Override
  public List<ServerAddress> select(String topic, List<ServerAddress> servers) {
    return servers;
  }
}
