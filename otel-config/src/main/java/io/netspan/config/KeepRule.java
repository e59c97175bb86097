package io.netspan.config;

import java.time.Duration;

/** Which spans are exported whatever the sampler says. */
public sealed interface KeepRule {
  String REMEDY = "write failed, slower=200ms, longer=1h or service=NAME";

  Form<KeepRule> FORM = Form.of(KeepRule::parse, _ -> true, "");

  /** Those of connections and flows that failed or broke. */
  record Failed() implements KeepRule {}

  /** Those of connections whose handshake took longer. */
  record Slower(Duration handshake) implements KeepRule {}

  /** Those of connections and flows that lived longer. */
  record Longer(Duration life) implements KeepRule {}

  /** Those of connections and flows of a service, at either end. */
  record Service(String name) implements KeepRule {}

  /**
   * Reads {@code failed}, {@code slower=200ms}, {@code longer=1h} or {@code service=orders}.
   *
   * @throws ConfigException if the text is none of them
   */
  static KeepRule parse(String text) {
    int value = text.indexOf('=') + 1;
    String given = text.substring(value).strip();
    String key = text.substring(0, value).strip();
    if (value == 0 && given.equals("failed")) {
      return new Failed();
    }
    if (key.equals("slower=") || key.equals("longer=")) {
      Duration longest = duration(text, given);
      return key.equals("slower=") ? new Slower(longest) : new Longer(longest);
    }
    if (key.equals("service=") && !given.isEmpty()) {
      return new Service(given);
    }
    throw ConfigException.unreadable(text, REMEDY);
  }

  private static Duration duration(String rule, String text) {
    Duration duration;
    try {
      duration = TimeSpan.parse(text);
    } catch (ConfigException e) {
      throw ConfigException.unreadable(rule, REMEDY);
    }
    if (duration.isZero()) {
      throw ConfigException.unreadable(rule, REMEDY);
    }
    return duration;
  }
}
