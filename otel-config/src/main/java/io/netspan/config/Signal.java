package io.netspan.config;

import java.util.Locale;

/** What is exported. */
public enum Signal {
  TRACES,
  METRICS;

  /** As it is called in properties and sentences. */
  public String lower() {
    return name().toLowerCase(Locale.ROOT);
  }
}
