package io.netspan.enrich.secret;

import java.nio.charset.StandardCharsets;

/**
 * Makes texts of unknown origin harmless to print, log and export: no control character (which ends
 * escape sequences, new lines and NUL), no bidirectional override, no half of a surrogate pair, and
 * a bounded length.
 */
public final class Untrusted {
  /** {@code NAME_MAX}: the longest name of a file, and so of an executable or a cgroup. */
  public static final int NAME_MAX = 255;

  private static final char REPLACEMENT = '\uFFFD';

  private Untrusted() {}

  /** Malformed UTF-8 becomes U+FFFD, byte sequence by byte sequence. */
  public static String decode(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  /** Cut to {@code limit} UTF-16 units, and each harmful character replaced by U+FFFD. */
  public static String text(String raw, int limit) {
    String cut = raw.length() <= limit ? raw : raw.substring(0, wholeCharacters(raw, limit));
    for (int i = 0; i < cut.length(); i++) {
      if (harmful(cut, i)) {
        return replaced(cut);
      }
    }
    return cut;
  }

  private static int wholeCharacters(String raw, int limit) {
    return limit > 0 && Character.isHighSurrogate(raw.charAt(limit - 1)) ? limit - 1 : limit;
  }

  private static String replaced(String text) {
    StringBuilder harmless = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      harmless.append(harmful(text, i) ? REPLACEMENT : text.charAt(i));
    }
    return harmless.toString();
  }

  /**
   * Control and format characters of the supplementary planes are harmless: no terminal acts on
   * them.
   */
  private static boolean harmful(String text, int index) {
    char c = text.charAt(index);
    if (c >= ' ' && c < 0x7F) {
      return false;
    }
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
