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

  /** As {@link #parse} reads it, in seconds or, for what those cannot express, milliseconds. */
  public static String written(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }
}
