package io.emque.transport.http.limits;

/** How values that break a rule are refused. */
final class Rule {
  private Rule() {}

  static void require(boolean holds, String key, Object value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(key + " must be " + rule + ", got " + value);
    }
  }
}
