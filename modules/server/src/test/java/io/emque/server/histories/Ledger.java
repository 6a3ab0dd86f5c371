package io.emque.server.histories;

import java.util.LinkedHashMap;
import java.util.Map;

/** All that was sent, and what became of it as far as publishers know. Any thread. */
final class Ledger {
  private final Map<Sent, Sent.Fate> fates = new LinkedHashMap<>(); // under this

  /** Before it is sent: whoever sees it earlier than this has seen what nobody sent. */
  synchronized void sending(Sent sent) {
    fates.put(sent, new Sent.Unknown());
  }

  synchronized void became(Sent sent, Sent.Fate fate) {
    fates.put(sent, fate);
  }

  synchronized Map<Sent, Sent.Fate> all() {
    return new LinkedHashMap<>(fates);
  }

  synchronized int size() {
    return fates.size();
  }
}
