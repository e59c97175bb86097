package io.netspan.config;

import java.util.List;

/** Settings that cannot be used. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param problems each one sentence that names the setting, what is wrong with it and what to
   *     write instead
   */
  public ConfigException(List<String> problems) {
    super(String.join("; ", problems));
  }
}
