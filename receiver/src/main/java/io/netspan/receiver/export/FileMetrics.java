package io.netspan.receiver.export;

import static java.util.Objects.requireNonNullElse;

import io.netspan.config.ConfigException;
import io.netspan.config.MetricAttribute;
import io.netspan.config.MetricSettings;
import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.AggregationModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.CardinalityLimitsModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.IncludeExcludeModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.MeterProviderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.MetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PeriodicMetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PullMetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.ViewModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.ViewSelectorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.ViewStreamModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration file says about metrics. Adds the agent's defaults to the file's model,
 * before the SDK is built from it.
 */
final class FileMetrics {
  /** The SDK's default where a reader has limits for some instruments only. */
  private static final int SDK_LIMIT = 2_000;

  private static final String BATCH_SIZE = "max_export_batch_size/development";

  private final Queue<StreamLimits> periodic = new ArrayDeque<>();
  private final Queue<StreamLimits> pulled = new ArrayDeque<>();
  private final List<MetricAttribute> optedIn = new ArrayList<>();

  FileMetrics(@Nullable MeterProviderModel meters) {
    if (meters == null || meters.getReaders() == null) {
      return;
    }
    List<ViewModel> views = requireNonNullElse(meters.getViews(), List.of());
    views.forEach(this::optIn);
    views.forEach(FileMetrics::keepResources);
    List<StreamLimits.OfView> limits = views.stream().map(FileMetrics::limits).toList();
    for (MetricReaderModel reader : meters.getReaders()) {
      if (reader.getPeriodic() != null) {
        periodic.add(limits(defaults(reader.getPeriodic()), limits));
      } else if (reader.getPull() != null) {
        pulled.add(limits(defaults(reader.getPull()), limits));
      }
    }
  }

  /** The limits of the next reader with an exporter, in the order of the file. */
  StreamLimits nextPeriodic() {
    return periodic.remove();
  }

  /** The limits of the next reader that is asked for its metrics, in the order of the file. */
  StreamLimits nextPulled() {
    return pulled.remove();
  }

  /** The attributes that views name and that metrics do not have otherwise. */
  List<MetricAttribute> optedIn() {
    return List.copyOf(optedIn);
  }

  /** Takes the attributes that a view of some metrics keeps by their names. */
  private void optIn(ViewModel view) {
    ViewSelectorModel selector = view.getSelector();
    IncludeExcludeModel keys =
        view.getStream() == null ? null : view.getStream().getAttributeKeys();
    if (selector == null || selector.getInstrumentName() == null || keys == null) {
      return;
    }
    Predicate<String> metrics = glob(selector.getInstrumentName());
    for (String key : requireNonNullElse(keys.getIncluded(), List.<String>of())) {
      if (MetricAttribute.isPossible(key)) {
        MetricAttribute.METRICS.stream()
            .filter(metrics)
            .forEach(metric -> optedIn.add(new MetricAttribute(metric, key)));
      }
    }
  }

  private static CardinalityLimitsModel defaults(PeriodicMetricReaderModel reader) {
    if (reader.getMaxExportBatchSizeDevelopment() != null) {
      // The exporter would get parts of a collection, see Cumulation.
      throw new ConfigException(
          List.of("a metric reader has " + BATCH_SIZE + ", which netspan cannot use: remove it"));
    }
    if (reader.getInterval() == null) {
      reader.withInterval((int) MetricSettings.DEFAULTS.exportInterval().toMillis());
    }
    CardinalityLimitsModel limits = defaults(reader.getCardinalityLimits());
    reader.withCardinalityLimits(limits);
    return limits;
  }

  private static CardinalityLimitsModel defaults(PullMetricReaderModel reader) {
    CardinalityLimitsModel limits = defaults(reader.getCardinalityLimits());
    reader.withCardinalityLimits(limits);
    return limits;
  }

  /** The limits that the agent's series need, unless the file sets others. */
  private static CardinalityLimitsModel defaults(@Nullable CardinalityLimitsModel limits) {
    return limits != null
        ? limits
        : new CardinalityLimitsModel().withDefault(MetricSettings.DEFAULTS.cardinalityLimit());
  }

  private static StreamLimits limits(
      CardinalityLimitsModel limits, List<StreamLimits.OfView> views) {
    int others = requireNonNullElse(limits.getDefault(), SDK_LIMIT);
    return new StreamLimits(
        requireNonNullElse(limits.getCounter(), others),
        requireNonNullElse(limits.getHistogram(), others),
        views);
  }

  private static StreamLimits.OfView limits(ViewModel view) {
    ViewStreamModel stream = view.getStream();
    if (stream == null) {
      return new StreamLimits.OfView(_ -> false, null, null);
    }
    AggregationModel aggregation = stream.getAggregation();
    Integer mostBuckets =
        aggregation == null || aggregation.getBase2ExponentialBucketHistogram() == null
            ? null
            : aggregation.getBase2ExponentialBucketHistogram().getMaxSize();
    return new StreamLimits.OfView(
        metric(view.getSelector(), stream), stream.getAggregationCardinalityLimit(), mostBuckets);
  }

  private static Predicate<String> metric(
      @Nullable ViewSelectorModel selector, ViewStreamModel stream) {
    if (stream.getName() != null) {
      return stream.getName()::equalsIgnoreCase;
    }
    return selector == null || selector.getInstrumentName() == null
        ? _ -> true
        : glob(selector.getInstrumentName());
  }

  /** As the SDK matches names: {@code *} is any characters, {@code ?} is any one. */
  private static Predicate<String> glob(String pattern) {
    String expression =
        pattern
            .codePoints()
            .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
            .collect(Collectors.joining());
    return Pattern.compile(expression, Pattern.CASE_INSENSITIVE).asMatchPredicate();
  }

  /**
   * Lets a view that names the attributes to keep also keep those that stand for the Resource,
   * which the user does not see as attributes of points. A view that names them to drop them adds
   * services up.
   */
  private static void keepResources(ViewModel view) {
    IncludeExcludeModel keys =
        view.getStream() == null ? null : view.getStream().getAttributeKeys();
    if (keys == null || keys.getIncluded() == null) {
      return;
    }
    List<String> kept = new ArrayList<>(keys.getIncluded());
    kept.addAll(MetricResources.KEYS);
    keys.withIncluded(kept);
  }
}
