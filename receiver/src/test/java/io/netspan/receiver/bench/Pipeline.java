package io.netspan.receiver.bench;

import io.netspan.config.AddressRange;
import io.netspan.config.ExporterSelection;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.OpenTelemetryExport;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanOutput;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The tracer's thread, from a record to a span, with a reader of metrics that is never asked and a
 * consumer of spans in the exporters' place: what is measured is ours, and the SDK's histograms.
 */
final class Pipeline {
  final EventDecoder decoder;
  final ConnectionTracker tracker;
  final InMemoryMetricReader metrics = InMemoryMetricReader.create();

  private Pipeline(boolean spans, Consumer<NetworkSpan> output) {
    Resources resources = new Resources(Attributes.empty());
    SdkMeterProvider meters =
        SdkMeterProvider.builder()
            .registerMetricReader(metrics)
            .registerView(
                InstrumentSelector.builder().setType(InstrumentType.HISTOGRAM).build(),
                View.builder()
                    .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                    .build())
            .build();
    ConnectionMetrics counted =
        new ConnectionMetrics(meters.get("io.netspan"), resources.serviceNames());
    ConnectionSpans made =
        new ConnectionSpans(
            OpenTelemetryExport.start(new ExporterSelection(Map.of())),
            new Output(spans, output),
            new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
            new EpochOffset());
    tracker =
        new ConnectionTracker(
            new WorkloadTable(new FakeEnricher(), resources, completion -> {}),
            new Both(counted, made),
            new SplittableRandom(1),
            1_000_000);
    decoder = new EventDecoder(tracker);
    EventTape.announce(decoder);
  }

  /** As with neither an exporter of traces nor an output. */
  static Pipeline metricsOnly() {
    return new Pipeline(/* spans= */ false, span -> {});
  }

  static Pipeline withSpans(Consumer<NetworkSpan> output) {
    return new Pipeline(/* spans= */ true, output);
  }

  private record Output(boolean spans, Consumer<NetworkSpan> to) implements SpanOutput {
    @Override
    public boolean wants(long nowNs) {
      return spans;
    }

    @Override
    public void accept(NetworkSpan span) {
      to.accept(span);
    }
  }

  private record Both(ConnectionMetrics metrics, ConnectionSpans spans)
      implements ConnectionListener {
    @Override
    public void opened(Connection connection) {
      metrics.opened(connection);
    }

    @Override
    public void changed(Connection connection) {
      metrics.changed(connection);
    }

    @Override
    public void refreshed(Connection connection) {
      metrics.refreshed(connection);
    }

    @Override
    public void closed(Connection connection) {
      metrics.closed(connection);
      spans.closed(connection);
    }
  }
}
