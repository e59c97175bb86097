package io.netspan.receiver.export;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import java.util.List;

/** The metrics that the semantic conventions define for batch span processors, for our batchers. */
final class BatchMetrics {
  private static final AttributeKey<String> TYPE = stringKey("otel.component.type");
  private static final AttributeKey<String> NAME = stringKey("otel.component.name");
  private static final AttributeKey<String> ERROR = stringKey("error.type");
  private static final String PROCESSOR = "batching_span_processor";

  private BatchMetrics() {}

  static void register(OpenTelemetrySdk sdk, List<SpanBatcher> batchers) {
    if (batchers.isEmpty()) {
      return;
    }
    Meter meter = sdk.getMeter("io.opentelemetry.sdk.trace");
    meter
        .upDownCounterBuilder("otel.sdk.processor.span.queue.capacity")
        .setUnit("span")
        .setDescription("Spans that the queue can hold.")
        .buildWithCallback(
            to ->
                each(
                    batchers,
                    (batcher, own) -> to.record(batcher.settings().maxQueueSize(), own.build())));
    meter
        .upDownCounterBuilder("otel.sdk.processor.span.queue.size")
        .setUnit("span")
        .setDescription("Spans that wait in the queue.")
        .buildWithCallback(
            to -> each(batchers, (batcher, own) -> to.record(batcher.waiting(), own.build())));
    meter
        .counterBuilder("otel.sdk.processor.span.processed")
        .setUnit("span")
        .setDescription("Spans that were given to the exporter or, with error.type, dropped.")
        .buildWithCallback(
            to ->
                each(
                    batchers,
                    (batcher, own) -> {
                      to.record(batcher.processed(), own.build());
                      if (batcher.queueFull() != 0) {
                        to.record(batcher.queueFull(), own.put(ERROR, "queue_full").build());
                      }
                    }));
  }

  private interface Observer {
    void observe(SpanBatcher batcher, AttributesBuilder own);
  }

  private static void each(List<SpanBatcher> batchers, Observer observer) {
    for (int i = 0; i < batchers.size(); i++) {
      observer.observe(
          batchers.get(i),
          Attributes.builder().put(TYPE, PROCESSOR).put(NAME, PROCESSOR + "/" + i));
    }
  }
}
