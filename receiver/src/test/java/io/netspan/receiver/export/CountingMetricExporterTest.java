package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.exporter.internal.otlp.metrics.MetricsRequestMarshaler;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CountingMetricExporterTest {
  private static final AttributeKey<String> NAME = AttributeKey.stringKey("service.peer.name");
  private static final int SERIES = 3_001;

  /** Refuses the second request. */
  private static final class Sender implements MetricExporter {
    final List<List<MetricData>> requests = new ArrayList<>();

    @Override
    public CompletableResultCode export(Collection<MetricData> metrics) {
      requests.add(List.copyOf(metrics));
      return requests.size() == 2
          ? CompletableResultCode.ofFailure()
          : CompletableResultCode.ofSuccess();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  /** Two metrics, each of which alone is larger than receivers take. */
  private static Collection<MetricData> longNames() {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    try (SdkMeterProvider meters =
        SdkMeterProvider.builder().registerMetricReader(reader, _ -> SERIES + 1).build()) {
      Meter meter = meters.get("test");
      LongCounter counter = meter.counterBuilder("counter").build();
      DoubleHistogram histogram = meter.histogramBuilder("histogram").build();
      for (int i = 0; i < SERIES; i++) {
        Attributes attributes = Attributes.of(NAME, i + "x".repeat(2_000));
        counter.add(i, attributes);
        histogram.record(i, attributes);
      }
      return reader.collectAllMetrics();
    }
  }

  private static List<String> points(List<MetricData> metrics) {
    return metrics.stream()
        .flatMap(
            metric ->
                metric.getData().getPoints().stream()
                    .map(point -> metric.getName() + " " + point.getAttributes().get(NAME)))
        .toList();
  }

  @Test
  void manyPointsAreSentInRequestsThatReceiversTake() {
    Sender sender = new Sender();
    ExportCounts counts = new ExportCounts("data points");
    Collection<MetricData> metrics = longNames();

    CompletableResultCode result = new CountingMetricExporter(sender, counts).export(metrics);

    assertThat(sender.requests)
        .hasSizeGreaterThan(2)
        .allMatch(
            request ->
                MetricsRequestMarshaler.create(request).getBinarySerializedSize()
                    <= EncodedSpanExporter.MOST_BYTES);
    assertThat(sender.requests.stream().flatMap(request -> points(request).stream()))
        .hasSize(2 * SERIES)
        .containsExactlyInAnyOrderElementsOf(points(List.copyOf(metrics)));
    int refused = points(sender.requests.get(1)).size();
    assertThat(result.isSuccess()).isFalse();
    assertThat(counts.failed()).isEqualTo(refused);
    assertThat(counts.exported()).isEqualTo(2 * SERIES - refused);
  }

  @Test
  void fewPointsAreOneRequest() {
    Sender sender = new Sender();
    ExportCounts counts = new ExportCounts("data points");

    CompletableResultCode result = new CountingMetricExporter(sender, counts).export(List.of());

    assertThat(result.isSuccess()).isTrue();
    assertThat(sender.requests).containsExactly(List.of());
  }
}
