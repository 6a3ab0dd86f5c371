package io.emque.cli;

import java.util.Collection;

/** Finds what somebody may have meant. */
final class Nearest {
  private Nearest() {}

  /** {@code ; did you mean …?}, or nothing when no candidate is near. */
  static String hint(String prefix, String given, Collection<String> candidates) {
    String best = "";
    int least = Math.max(2, given.length() / 3) + 1;
    for (String candidate : candidates) {
      int distance = distance(given, candidate);
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    return best.isEmpty() ? "" : "; did you mean " + prefix + best + "?";
  }

  /** Levenshtein. */
  private static int distance(String a, String b) {
    var row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
