package io.netspan.receiver.export;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.TestResources;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricExporter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Points of all kinds pass through a real SDK and arrive under the Resources that they name. */
final class ResourceMetricExporterTest {
  private static final AttributeKey<String> NAME = stringKey("service.name");
  private static final AttributeKey<String> ROLE = stringKey("netspan.role");
  private static final Attributes CURL =
      Attributes.of(MetricResources.INSTANCE_ID, "1", NAME, "curl", ROLE, "client");
  private static final Attributes NGINX =
      Attributes.of(MetricResources.INSTANCE_ID, "2", NAME, "nginx", ROLE, "server");
  private static final Attributes UNNAMED = Attributes.of(ROLE, "server");

  private final InMemoryMetricExporter backend =
      InMemoryMetricExporter.create(AggregationTemporality.DELTA);
  private final SdkMeterProviderBuilder builder =
      SdkMeterProvider.builder()
          .setResource(Resource.create(Attributes.of(NAME, "netspan")))
          .registerMetricReader(
              PeriodicMetricReader.create(
                  new ResourceMetricExporter(
                      backend,
                      TestResources.of(
                          Attributes.of(MetricResources.INSTANCE_ID, "1", NAME, "curl"),
                          Attributes.of(
                              MetricResources.INSTANCE_ID,
                              "2",
                              NAME,
                              "nginx",
                              stringKey("x"),
                              "y")))));

  private List<MetricData> export(java.util.function.Consumer<Meter> record) {
    try (SdkMeterProvider meters = builder.build()) {
      record.accept(meters.get("test"));
      assertThat(meters.forceFlush().join(10, TimeUnit.SECONDS).isSuccess()).isTrue();
      return backend.getFinishedMetricItems();
    }
  }

  /**
   * Keys are the name of the metric, the service of the Resource and the attributes of the point.
   */
  private static Map<String, Object> points(List<MetricData> metrics) {
    Map<String, Object> all = new TreeMap<>();
    metrics.forEach(
        metric ->
            metric
                .getData()
                .getPoints()
                .forEach(
                    point ->
                        all.put(
                            metric.getName()
                                + " "
                                + metric.getResource().getAttribute(NAME)
                                + " "
                                + point.getAttributes(),
                            metric.getType())));
    return all;
  }

  @Test
  void pointsOfEveryKindAreExportedUnderTheirResource() {
    builder.registerView(
        InstrumentSelector.builder().setName("exponential").build(),
        View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram()).build());
    List<MetricData> metrics =
        export(
            meter -> {
              for (Attributes of : List.of(CURL, NGINX, UNNAMED)) {
                meter.counterBuilder("long").build().add(7, of);
                meter.upDownCounterBuilder("double").ofDoubles().build().add(0.5, of);
                meter.histogramBuilder("histogram").build().record(3, of);
                meter.histogramBuilder("exponential").build().record(3, of);
                meter.gaugeBuilder("gauge").build().set(1.5, of);
                meter.gaugeBuilder("long_gauge").ofLongs().build().set(2, of);
              }
            });

    assertThat(points(metrics).keySet())
        .hasSize(18)
        .allMatch(
            point ->
                point.endsWith(" curl {netspan.role=\"client\"}")
                    || point.endsWith(" nginx {netspan.role=\"server\"}")
                    || point.endsWith(" netspan {netspan.role=\"server\"}"));
    assertThat(metrics)
        .filteredOn(metric -> metric.getName().equals("long"))
        .hasSize(3)
        .allSatisfy(
            metric -> {
              assertThat(metric.getLongSumData().isMonotonic()).isTrue();
              assertThat(metric.getLongSumData().getAggregationTemporality())
                  .isEqualTo(AggregationTemporality.DELTA);
              assertThat(metric.getLongSumData().getPoints())
                  .allMatch(point -> point.getValue() == 7);
            });
    assertThat(metrics)
        .filteredOn(metric -> metric.getName().equals("exponential"))
        .allSatisfy(
            metric ->
                assertThat(metric.getExponentialHistogramData().getPoints())
                    .allMatch(point -> point.getCount() == 1 && point.getSum() == 3));
    assertThat(metrics)
        .filteredOn(metric -> metric.getName().equals("histogram"))
        .allSatisfy(
            metric ->
                assertThat(metric.getHistogramData().getPoints())
                    .allMatch(point -> point.getCount() == 1 && point.getMax() == 3));
  }

  @Test
  void pointsWithoutAnInstanceAreExportedUnderTheResourceOfTheAgent() {
    builder.registerView(
        InstrumentSelector.builder().setName("*").build(),
        View.builder().setAttributeFilter(key -> key.equals("netspan.role")).build());
    List<MetricData> metrics =
        export(
            meter -> {
              meter.counterBuilder("long").build().add(7, CURL);
              meter.counterBuilder("long").build().add(5, UNNAMED);
            });

    assertThat(points(metrics).keySet())
        .containsExactly(
            "long netspan {netspan.role=\"client\"}", "long netspan {netspan.role=\"server\"}");
  }

  @Test
  void pointsOfAnUnknownInstanceKeepTheirAttributes() {
    Attributes unknown = CURL.toBuilder().put(MetricResources.INSTANCE_ID, "3").build();

    assertThat(points(export(meter -> meter.counterBuilder("long").build().add(7, unknown))))
        .containsOnlyKeys("long netspan " + unknown);
  }

  @Test
  void theWrappedExporterDecidesOnTemporalityAggregationAndMemory() {
    ResourceMetricExporter exporter = new ResourceMetricExporter(backend, TestResources.of());

    assertThat(exporter.getAggregationTemporality(InstrumentType.COUNTER))
        .isEqualTo(AggregationTemporality.DELTA);
    assertThat(exporter.getDefaultAggregation(InstrumentType.HISTOGRAM))
        .isEqualTo(backend.getDefaultAggregation(InstrumentType.HISTOGRAM));
    assertThat(exporter.getMemoryMode()).isEqualTo(backend.getMemoryMode());
  }
}
