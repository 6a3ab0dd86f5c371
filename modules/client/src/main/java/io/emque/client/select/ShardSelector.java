package io.emque.client.select;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import java.util.List;
import java.util.zip.CRC32;

/**
 * {@code shard}: a topic lives on one server, the one at CRC-32 (IEEE 802.3) of its name's UTF-8
 * bytes modulo the number of servers.
 */
public final class ShardSelector implements Selector {
  /** For ServiceLoader. */
  public ShardSelector() {}

  @Override
  public String name() {
    return "shard";
  }

  @Override
  public List<ServerAddress> select(String topic, List<ServerAddress> servers) {
    var crc = new CRC32();
    crc.update(topic.getBytes(UTF_8));
    return List.of(servers.get((int) (crc.getValue() % servers.size())));
  }
}
