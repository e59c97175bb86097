package io.netspan.receiver.lookup;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.OutputFormat;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.output.Lines;
import io.netspan.receiver.output.SpanPrinter;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.NoExport;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A source that is neither TCP nor UDP gets spans, metrics and lines without other changes. */
final class AnotherSourceTest {
  private static final long SECOND = 1_000_000_000L;

  private final Resources resources = new Resources(Attributes.empty());
  private final Workload dig =
      new WorkloadTable(
              new FakeEnricher().knows(7, 7, "dig"),
              Contributors.NONE,
              resources,
              WorkloadTable.Completion::run)
          .find(7, 7);
  private final List<Lookup> lookups =
      List.of(
          new Lookup(dig, "a.example", true, SECOND, 2 * SECOND, 1),
          new Lookup(dig, "b.example", true, SECOND, 2 * SECOND, 2),
          new Lookup(dig, "c.example", false, SECOND, 3 * SECOND, 3));

  @Test
  void spansArePrintedAsLines() {
    Lines out = new Lines();
    for (OutputFormat format : List.of(OutputFormat.TEXT, OutputFormat.JSON)) {
      try (SpanPrinter printer =
          SpanPrinter.create(
              format, new SpanPrinter.Limits(0, 100), out, /* colours= */ false, () -> {})) {
        printer.start();
        SpanSink sink = new SpanSink(new NoExport(), printer, new EpochOffset());
        lookups.forEach(lookup -> sink.ended(lookup, LookupSpan.MAKER));
      }
    }
    List<String> lines = out.text().lines().toList();

    assertThat(lines).hasSize(4 + 3);
    assertThat(lines.get(1))
        .containsPattern("dig +7 CLIENT .* answered +1\\.0s ")
        .endsWith("  dns");
    assertThat(lines.get(3)).containsPattern("dig +7 CLIENT .* not_found +2\\.0s ");
    assertThat(lines.getLast())
        .contains("\"dns.question.name\":\"c.example\"", "\"service.name\":\"dig\"");
  }

  @Test
  void metricsAreCounted() {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    try (SdkMeterProvider meters =
        SdkMeterProvider.builder().registerMetricReader(reader).build()) {
      LookupMetrics metrics = new LookupMetrics(meters.get("test"), resources.metrics());
      lookups.forEach(metrics::ended);

      Map<String, Long> points = new TreeMap<>();
      reader.collectAllMetrics().stream()
          .filter(metric -> metric.getName().equals("lookups"))
          .flatMap(metric -> metric.getLongSumData().getPoints().stream())
          .forEach(
              point ->
                  points.put(
                      point.getAttributes().toBuilder()
                          .removeIf(key -> key.equals(MetricResources.INSTANCE_ID))
                          .build()
                          .toString(),
                      point.getValue()));
      assertThat(points)
          .containsOnly(
              Map.entry("{found=false, service.name=\"dig\"}", 1L),
              Map.entry("{found=true, service.name=\"dig\"}", 2L));
    }
  }
}
