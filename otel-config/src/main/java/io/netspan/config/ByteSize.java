package io.netspan.config;

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
      throw ConfigException.unreadable(
          text, "write a number of bytes, or one with K, M or G, such as 8M");
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
      throw ConfigException.unreadable(text, "write a smaller number");
    }
    return number << shift;
  }

  /** As {@link #parse} reads it, in the largest unit that it is a multiple of. */
  public static String written(long bytes) {
    String units = "KMG";
    long number = bytes;
    int unit = -1;
    while (unit + 1 < units.length() && number != 0 && number % 1_024 == 0) {
      number /= 1_024;
      unit++;
    }
    return unit < 0 ? Long.toString(number) : number + units.substring(unit, unit + 1);
  }
}
