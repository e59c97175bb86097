package io.netspan.config;

import java.util.List;

/**
 * The numbers that a setting may have.
 *
 * @param remedy what to write instead of any other
 */
record Range(long least, long most, String remedy) {
  boolean contains(long value) {
    return value >= least && value <= most;
  }

  void require(String name, long value) {
    if (!contains(value)) {
      throw new ConfigException(List.of(name + " is " + value + ": " + remedy));
    }
  }
}
