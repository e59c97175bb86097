package io.netspan.receiver.export;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.AggregationModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.AttributeNameValueModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.BatchSpanProcessorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.MetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.NameStringValuePairModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OpenTelemetryConfigurationModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PeriodicMetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PullMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PullMetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PushMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SamplerModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SimpleSpanProcessorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SpanExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SpanProcessorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.ViewModel;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The classes into which the SDK reads a configuration file, and what the specification demands of
 * them.
 */
final class FileModels {
  private static final String PACKAGE =
      OpenTelemetryConfigurationModel.class.getPackageName(); // and packages below it

  private static final List<String> EXPORTER = List.of("exporter");

  /** Keys without which the SDK, or the agent, cannot use their parent. */
  private static final Map<Type, List<String>> REQUIRED =
      Map.of(
          OpenTelemetryConfigurationModel.class,
          List.of("file_format"),
          BatchSpanProcessorModel.class,
          EXPORTER,
          SimpleSpanProcessorModel.class,
          EXPORTER,
          PeriodicMetricReaderModel.class,
          EXPORTER,
          PullMetricReaderModel.class,
          EXPORTER,
          NameStringValuePairModel.class,
          List.of("name", "value"),
          AttributeNameValueModel.class,
          List.of("name", "value"),
          ViewModel.class,
          List.of("selector", "stream"));

  /** Of these, exactly one key is written. */
  private static final Set<Type> CHOICES =
      Set.of(
          SpanProcessorModel.class,
          SpanExporterModel.class,
          MetricReaderModel.class,
          PushMetricExporterModel.class,
          PullMetricExporterModel.class,
          SamplerModel.class,
          AggregationModel.class);

  private FileModels() {}

  static boolean isModel(Type type) {
    return type instanceof Class<?> model
        && model.getPackageName().startsWith(PACKAGE)
        && !model.isEnum();
  }

  static List<String> required(Type type) {
    return REQUIRED.getOrDefault(type, List.of());
  }

  /** Whether exactly one key is written. */
  static boolean isChoice(@Nullable Type type) {
    return type != null && CHOICES.contains(type);
  }

  /** Whether the SDK takes any further key. */
  static boolean isOpen(Class<?> model) {
    return Arrays.stream(model.getMethods())
        .anyMatch(method -> method.isAnnotationPresent(JsonAnyGetter.class));
  }

  /**
   * The keys that the SDK reads into the class, with the types of their values.
   *
   * @param name the keys from the root, separated by dots
   */
  static Map<String, Type> keys(Type type, String name) {
    Map<String, Type> all = new TreeMap<>();
    if (!(type instanceof Class<?> model) || !isModel(model)) {
      return all;
    }
    for (Method method : model.getMethods()) {
      JsonProperty property = method.getAnnotation(JsonProperty.class);
      if (property != null
          && method.getParameterCount() == 0
          && (FileRules.isSupported(property.value()) || !FileRules.isUsed(name))) {
        all.put(property.value(), method.getGenericReturnType());
      }
    }
    return all;
  }
}
