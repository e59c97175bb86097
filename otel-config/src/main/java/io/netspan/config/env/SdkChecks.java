package io.netspan.config.env;

import io.netspan.config.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks variables for values that OpenTelemetry's SDK would refuse, since the SDK's own errors
 * name neither the variable nor, often, the reason. Only variables that matter to the agent are
 * checked: the SDK does not see the rest ({@link #unneeded}), since variables may be set for all
 * programs of a machine.
 */
final class SdkChecks {
  private static final Set<String> RATIO_SAMPLERS =
      Set.of("traceidratio", "parentbased_traceidratio");
  private static final Set<String> SAMPLERS =
      Set.of(
          "always_on",
          "always_off",
          "traceidratio",
          "parentbased_always_on",
          "parentbased_always_off",
          "parentbased_traceidratio");

  private static final Pattern DURATION = Pattern.compile("(\\d{1,18})\\s*(ns|us|ms|s|m|h|d|)");

  /**
   * A variable.
   *
   * @param check what is wrong with a value and what to write instead, to follow "VARIABLE is
   *     'value': "; null if nothing is
   */
  private record Check(String variable, Function<String, Optional<String>> check) {}

  private static final List<Check> TRACES =
      List.of(
          new Check("OTEL_TRACES_SAMPLER", oneOf("sampler", SAMPLERS)),
          new Check("OTEL_BSP_SCHEDULE_DELAY", duration("delay", 0)),
          new Check("OTEL_BSP_EXPORT_TIMEOUT", duration("timeout", 0)),
          new Check("OTEL_BSP_MAX_QUEUE_SIZE", number("size", 1)),
          new Check("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", number("size", 1)),
          new Check("OTEL_ATTRIBUTE_COUNT_LIMIT", number("limit", 0)),
          new Check("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", number("limit", 0)),
          new Check("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", number("limit", 0)),
          new Check("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", number("limit", 0)),
          new Check("OTEL_SPAN_EVENT_COUNT_LIMIT", number("limit", 0)),
          new Check("OTEL_SPAN_LINK_COUNT_LIMIT", number("limit", 0)),
          new Check("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", number("limit", 0)));

  private static final List<Check> METRICS =
      List.of(
          new Check("OTEL_METRIC_EXPORT_INTERVAL", duration("interval", 1)),
          new Check("OTEL_JAVA_METRICS_CARDINALITY_LIMIT", number("limit", 1)),
          new Check(
              "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
              oneOf("temporality", Set.of("cumulative", "delta", "lowmemory"))),
          new Check(
              "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
              oneOf(
                  "aggregation",
                  Set.of("explicit_bucket_histogram", "base2_exponential_bucket_histogram"))));

  private static final List<Check> PROMETHEUS =
      List.of(new Check(MetricExporters.PROMETHEUS_PORT, SdkChecks::port));

  private static final List<Check> ANY =
      List.of(
          new Check(
              "OTEL_EXPERIMENTAL_SDK_TELEMETRY_VERSION",
              oneOf("version", Set.of("legacy", "latest"))),
          new Check(
              "OTEL_JAVA_EXPORTER_MEMORY_MODE",
              oneOf("mode", Set.of("reusable_data", "immutable_data"))));

  private static final String SAMPLER_ARGUMENT = "OTEL_TRACES_SAMPLER_ARG";

  private SdkChecks() {}

  /** One sentence for each variable that cannot be used. */
  static List<String> problems(Variables variables, Set<Signal> exported, boolean scraped) {
    List<String> problems = new ArrayList<>();
    for (Check check : needed(exported, scraped)) {
      refuse(variables, check.variable(), check.check(), problems);
    }
    if (isRatio(variables, exported)) {
      refuse(variables, SAMPLER_ARGUMENT, SdkChecks::ratio, problems);
    }
    for (Signal signal : exported) {
      otlp(
          variables, signal, "COMPRESSION", oneOf("compression", Set.of("gzip", "none")), problems);
      otlp(variables, signal, "TIMEOUT", duration("timeout", 0), problems);
    }
    return problems;
  }

  private static List<Check> needed(Set<Signal> exported, boolean scraped) {
    List<Check> all = new ArrayList<>();
    if (exported.contains(Signal.TRACES)) {
      all.addAll(TRACES);
    }
    if (exported.contains(Signal.METRICS) || scraped) {
      all.addAll(METRICS);
    }
    if (scraped) {
      all.addAll(PROMETHEUS);
    }
    if (!exported.isEmpty() || scraped) {
      all.addAll(ANY);
    }
    return all;
  }

  /** The SDK's properties that are of no use to the agent, and with a bad value would end it. */
  static List<String> unneeded(Variables variables, Set<Signal> exported, boolean scraped) {
    List<Check> all = new ArrayList<>(TRACES);
    all.addAll(METRICS);
    all.addAll(PROMETHEUS);
    all.addAll(ANY);
    all.removeAll(needed(exported, scraped));
    List<String> names = new ArrayList<>(all.stream().map(Check::variable).toList());
    if (!isRatio(variables, exported)) {
      names.add(SAMPLER_ARGUMENT);
    }
    return names.stream().map(Variables::property).toList();
  }

  private static boolean isRatio(Variables variables, Set<Signal> exported) {
    return exported.contains(Signal.TRACES)
        && variables.get("OTEL_TRACES_SAMPLER").filter(RATIO_SAMPLERS::contains).isPresent();
  }

  private static void refuse(
      Variables variables,
      String variable,
      Function<String, Optional<String>> check,
      List<String> problems) {
    variables
        .get(variable)
        .ifPresent(
            value ->
                check
                    .apply(value)
                    .ifPresent(why -> problems.add(variable + " is '" + value + "': " + why)));
  }

  private static void otlp(
      Variables variables,
      Signal signal,
      String suffix,
      Function<String, Optional<String>> check,
      List<String> problems) {
    variables.otlp(signal, suffix).ifPresent(set -> refuse(variables, set.name(), check, problems));
  }

  private static Function<String, Optional<String>> oneOf(String noun, Set<String> words) {
    return value ->
        words.contains(value.toLowerCase(Locale.ROOT))
            ? Optional.empty()
            : Optional.of(
                "the "
                    + noun
                    + " must be "
                    + String.join(" or ", words.stream().sorted().toList()));
  }

  private static Function<String, Optional<String>> number(String noun, int least) {
    return value -> {
      try {
        return Integer.parseInt(value) >= least
            ? Optional.empty()
            : Optional.of("the " + noun + " must be " + least + " or more");
      } catch (NumberFormatException e) {
        return Optional.of("the " + noun + " must be a whole number, " + least + " or more");
      }
    };
  }

  private static Function<String, Optional<String>> duration(String noun, long least) {
    String example = "write milliseconds, or a number with ns, us, ms, s, m, h or d, such as 10s";
    return value -> {
      Matcher matcher = DURATION.matcher(value);
      if (!matcher.matches()) {
        return Optional.of("the " + noun + " is not a duration; " + example);
      }
      return Long.parseLong(matcher.group(1)) >= least
          ? Optional.empty()
          : Optional.of("the " + noun + " must be more than 0; " + example);
    };
  }

  private static Optional<String> port(String value) {
    try {
      int port = Integer.parseInt(value);
      return port >= 0 && port < 1 << Character.SIZE
          ? Optional.empty()
          : Optional.of("the port must be from 0 to 65535, such as 9464");
    } catch (NumberFormatException e) {
      return Optional.of("write the port, a number from 0 to 65535 such as 9464");
    }
  }

  private static Optional<String> ratio(String value) {
    try {
      double ratio = Double.parseDouble(value);
      return ratio >= 0 && ratio <= 1
          ? Optional.empty()
          : Optional.of("the sampler's ratio must be from 0 to 1, such as 0.25");
    } catch (NumberFormatException e) {
      return Optional.of("write the sampler's ratio, a number from 0 to 1 such as 0.25");
    }
  }
}
