package io.netspan.config;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 10s}, {@code 2m}, {@code 0}. */
public final class TimeSpan {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})(MS|S|M|H)");

  private TimeSpan() {}

  /**
   * The duration; {@code 0} needs no unit.
   *
   * @throws ConfigException if the text is none
   */
  public static Duration parse(String text) {
    String trimmed = text.strip().toUpperCase(Locale.ROOT);
    if (trimmed.equals("0")) {
      return Duration.ZERO;
    }
    Matcher matcher = FORM.matcher(trimmed);
    if (!matcher.matches()) {
      throw ConfigException.unreadable(
          text, "write a number with a unit (ms, s, m or h), such as 10s");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "MS" -> Duration.ofMillis(number);
      case "S" -> Duration.ofSeconds(number);
      case "M" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }

  /** As {@link #parse} reads it, in the largest unit that it is a multiple of. */
  public static String written(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1_000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1_000;
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds / 60 + "m";
  }
}
