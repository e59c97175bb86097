package io.netspan.config;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Settings that cannot be used. The message has a line for each problem. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a value that a problem quotes can have, and a line of its message cannot. */
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  private final String remedy;

  /**
   * @param problems each one sentence that names the setting, what is wrong with it and what to
   *     write instead
   */
  public ConfigException(List<String> problems) {
    this(problems.stream().map(ConfigException::oneLine).collect(Collectors.joining("\n")), "");
  }

  private ConfigException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  /** A value that cannot be read; a caller that knows the setting adds it with {@link #remedy}. */
  static ConfigException unreadable(String text, String remedy) {
    return new ConfigException("'" + oneLine(harmless(text)) + "': " + remedy, remedy);
  }

  /** What was written, as a message may quote it: of a URL without user and password. */
  static String harmless(String text) {
    return text.contains("://") ? BackendUrl.withoutUserInfo(text) : text;
  }

  private static String oneLine(String text) {
    return CONTROL.matcher(text).replaceAll("?");
  }

  /** What to write instead of a value that cannot be read. */
  String remedy() {
    return remedy;
  }

  /** The problems, a sentence each. */
  public List<String> problems() {
    return String.valueOf(getMessage()).lines().toList();
  }
}
