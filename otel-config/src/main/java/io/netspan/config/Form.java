package io.netspan.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** How the value of a setting is written, and which values it may have. */
public final class Form<T> {
  private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

  private final Function<String, T> reader;
  private final Predicate<T> allowed;
  private final String remedy;

  private Form(Function<String, T> reader, Predicate<T> allowed, String remedy) {
    this.reader = reader;
    this.allowed = allowed;
    this.remedy = remedy;
  }

  /**
   * A form of its own.
   *
   * @param reader throws a {@link ConfigException} with a remedy for what it cannot read
   * @param remedy what to write instead of a value that is not allowed
   */
  public static <T> Form<T> of(Function<String, T> reader, Predicate<T> allowed, String remedy) {
    return new Form<>(reader, allowed, remedy);
  }

  static Form<Integer> number(int least, String remedy) {
    return new Form<>(
        text -> {
          try {
            return Integer.valueOf(text);
          } catch (NumberFormatException e) {
            throw ConfigException.unreadable(text, remedy);
          }
        },
        value -> value >= least,
        remedy);
  }

  /** From 10 s to a day, or 0 for none. */
  static Form<Duration> timeout(String remedy) {
    return new Form<>(
        TimeSpan::parse,
        timeout ->
            timeout.isZero()
                || (timeout.compareTo(SHORTEST_TIMEOUT) >= 0
                    && timeout.compareTo(LONGEST_TIMEOUT) <= 0),
        remedy);
  }

  /** The lower-case names of an enum's constants. */
  public static <E extends Enum<E>> Form<E> oneOf(Class<E> type) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    List<String> names = constants.stream().map(Form::written).toList();
    String remedy =
        "write "
            + names.stream().limit(names.size() - 1L).collect(Collectors.joining(", "))
            + " or "
            + names.getLast();
    return new Form<>(
        text ->
            constants.stream()
                .filter(constant -> written(constant).equalsIgnoreCase(text.strip()))
                .findFirst()
                .orElseThrow(() -> ConfigException.unreadable(text, remedy)),
        _ -> true,
        remedy);
  }

  /** How a constant is written. */
  public static String written(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The value.
   *
   * @param name of the setting, for a sentence
   * @throws ConfigException that names the setting, what was written and what to write
   */
  public T read(String name, String text) {
    T value;
    try {
      value = reader.apply(text);
    } catch (ConfigException e) {
      String written = ConfigException.harmless(text);
      throw new ConfigException(List.of(name + " is '" + written + "': " + e.remedy()));
    }
    if (!allowed.test(value)) {
      throw new ConfigException(List.of(name + " is " + text + ": " + remedy));
    }
    return value;
  }

  void require(String name, T value) {
    if (!allowed.test(value)) {
      throw new ConfigException(List.of(name + " is " + value + ": " + remedy));
    }
  }
}
