package io.emque.engine;

import java.util.TreeMap;

/** Adds up the readers of many topics. One thread. */
final class ReaderCount {
  private final TreeMap<String, Integer> byProtocol = new TreeMap<>();
  private int count;
  private long lag;
  private long maxLag;

  void add(String protocol, long itsLag) {
    byProtocol.merge(protocol, 1, Integer::sum);
    count++;
    lag += itsLag;
    maxLag = Math.max(maxLag, itsLag);
  }

  BrokerStats.Readers done() {
    return new BrokerStats.Readers(count, byProtocol, lag, maxLag);
  }
}
