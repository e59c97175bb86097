package io.netspan.config;

import java.time.Duration;

/** Which spans are exported whatever the sampler says. */
public sealed interface KeepRule {
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
    return switch (text.substring(0, value).strip()) {
      case "slower=" -> new Slower(TimeSpan.parse(given));
      case "longer=" -> new Longer(TimeSpan.parse(given));
      case "service=" -> new Service(given);
      default -> {
        if (value == 0 && given.equals("failed")) {
          yield new Failed();
        }
        throw ConfigException.unreadable(
            text, "write failed, slower=200ms, longer=1h or service=NAME");
      }
    };
  }
}
