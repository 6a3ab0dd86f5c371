package io.emque.api;

import java.util.regex.Pattern;

/** Keeps what is quoted from outside from breaking the line that it is quoted in. */
public final class OneLine {
  private static final Pattern BREAK = Pattern.compile("[\\p{Cc}\\p{Zl}\\p{Zp}]");

  private OneLine() {}

  /** The text, with a space for each control character and each separator of lines. */
  public static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isBreak(text.charAt(i))) {
        return BREAK.matcher(text).replaceAll(" ");
      }
    }
    return text;
  }

  private static boolean isBreak(char c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }
}
