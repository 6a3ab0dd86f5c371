package io.emque.plugin.rendezvous;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.emque.api.spi.Selector;
import io.emque.api.spi.ServerAddress;
import java.util.List;

/**
 * {@code rendezvous}: a topic lives on one server, the one for which the hash of topic and server
 * is highest. A server that leaves moves its own topics alone, evenly to the others; one that joins
 * takes an equal share from each. The order of the servers does not matter.
 *
 * <p>A server is what its URL and, where a resolver looked it up, its address say: a server that
 * gets another name or address gets other topics.
 */
public final class RendezvousSelector implements Selector {
  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  /** For ServiceLoader. */
  public RendezvousSelector() {}

  @Override
  public String name() {
    return "rendezvous";
  }

  @Override
  public List<ServerAddress> select(String topic, List<ServerAddress> servers) {
    long topicHash = hash(topic);
    ServerAddress best = servers.getFirst();
    long bestWeight = weight(topicHash, best);
    for (ServerAddress server : servers.subList(1, servers.size())) {
      long weight = weight(topicHash, server);
      int order = Long.compareUnsigned(weight, bestWeight);
      if (order > 0 || (order == 0 && text(server).compareTo(text(best)) < 0)) {
        best = server;
        bestWeight = weight;
      }
    }
    return List.of(best);
  }

  private static long weight(long topicHash, ServerAddress server) {
    return mix(topicHash ^ mix(hash(text(server))));
  }

  private static String text(ServerAddress server) {
    return server.ip() == null
        ? server.uri().toString()
        : server.uri() + " " + server.ip().getHostAddress();
  }

  /** FNV-1a, the same in every process and every language. */
  private static long hash(String text) {
    long hash = FNV_BASIS;
    for (byte b : text.getBytes(UTF_8)) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    return hash;
  }

  /** Spreads every bit over all others (the finalizer of SplitMix64); a bijection. */
  private static long mix(long bits) {
    long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
