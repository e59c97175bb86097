package io.netspan.enrich.cgroup;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of systemd's units. */
public final class UnitNames {
  private static final Pattern ESCAPES = Pattern.compile("(?:\\\\x[0-9a-f]{2})+");
  private static final int ESCAPE_LENGTH = "\\x2d".length();

  private UnitNames() {}

  /**
   * systemd writes what a unit's name may not hold as the bytes' numbers: {@code \x2d} is a hyphen.
   */
  public static String unescaped(String name) {
    return name.indexOf('\\') < 0
        ? name
        : ESCAPES
            .matcher(name)
            .replaceAll(escapes -> Matcher.quoteReplacement(text(escapes.group())));
  }

  private static String text(String escapes) {
    byte[] bytes = new byte[escapes.length() / ESCAPE_LENGTH];
    for (int i = 0; i < bytes.length; i++) {
      int at = i * ESCAPE_LENGTH;
      bytes[i] = (byte) Integer.parseInt(escapes, at + 2, at + ESCAPE_LENGTH, 16);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
