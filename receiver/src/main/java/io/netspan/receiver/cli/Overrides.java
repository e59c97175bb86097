package io.netspan.receiver.cli;

import io.netspan.config.ConfigException;
import io.netspan.config.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Applies options on top of the settings below them. All their problems are reported at once. */
final class Overrides {
  private final List<String> problems;

  /**
   * No option was applied yet.
   *
   * @param problems those of the command line, which are reported first
   */
  Overrides(List<String> problems) {
    this.problems = new ArrayList<>(problems);
  }

  /** The value of the option; the one below if the option is not given or cannot be used. */
  <T> T of(String option, @Nullable String given, Form<T> form, T below) {
    return given == null ? below : optional(option, given, form).orElse(below);
  }

  /** The value of the option; empty if it cannot be used. */
  <T> Optional<T> optional(String option, String given, Form<T> form) {
    try {
      return Optional.of(form.read(option, given));
    } catch (ConfigException e) {
      problems.addAll(e.problems());
      return Optional.empty();
    }
  }

  /** The values of an option that may be repeated; those below if it is not given. */
  <T> List<T> all(String option, List<String> given, Form<T> form, List<T> below) {
    return given.isEmpty()
        ? below
        : given.stream().flatMap(each -> optional(option, each, form).stream()).toList();
  }

  /** The settings that the options make; those below if they contradict each other. */
  <T> T together(Supplier<T> settings, T below) {
    try {
      return settings.get();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
      return below;
    }
  }

  /**
   * Reports all problems. Called when all options have been read.
   *
   * @param others reads settings from elsewhere, whose problems are reported with those of the
   *     options
   * @throws ConfigException if anything cannot be used
   */
  <T> T check(Supplier<T> others) {
    try {
      T read = others.get();
      if (problems.isEmpty()) {
        return read;
      }
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    throw new ConfigException(problems);
  }
}
