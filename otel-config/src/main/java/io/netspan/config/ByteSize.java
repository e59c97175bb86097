package io.netspan.config;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 65536}, {@code 64K}, {@code 8MiB}. */
public final class ByteSize {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12})([KMG]?)(I?B)?");

  private ByteSize() {}

  /**
   * Bytes; K, M and G are powers of 1024.
   *
   * @throws ConfigException if the text is no size
   */
  public static long parse(String text) {
    Matcher matcher = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new ConfigException(
          List.of("'" + text + "' is no size: write bytes, or a number with K, M or G"));
    }
    int shift =
        switch (matcher.group(2)) {
          case "K" -> 10;
          case "M" -> 20;
          case "G" -> 30;
          default -> 0;
        };
    long number = Long.parseLong(matcher.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw new ConfigException(List.of("'" + text + "' is too large"));
    }
    return number << shift;
  }
}
