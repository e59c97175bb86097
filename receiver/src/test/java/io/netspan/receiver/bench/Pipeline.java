package io.netspan.receiver.bench;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.pair.PeerNames;
import io.netspan.receiver.pair.Translations;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.ConnectionTelemetry;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.NoExport;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanOutput;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.WorkloadTable;
import io.netspan.receiver.workload.WorkloadTable.Completion;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The thread that has the turn, from a record to a span, with a reader of metrics that is never
 * asked and a consumer of spans in the exporters' place: what is measured is ours, and the SDK's
 * histograms.
 */
final class Pipeline {
  private static final int NAMED_NETWORKS = 1_000;
  private static final int FIRST_OTHER_PORT = 10_000;
  private static final int MORE_THAN_THE_SERIES = 2_003;
  private static final int CARDINALITY_LIMIT = 16_001; // As in the agent.
  private static final int TCP_SYN_SENT = 2;
  private static final int ECONNREFUSED = 111;

  final EventDecoder decoder;
  final ConnectionTracker tracker;
  final InMemoryMetricReader metrics = InMemoryMetricReader.createDelta(); // As in the agent.

  private Pipeline(boolean spans, Consumer<NetworkSpan> output) {
    Resources resources = new Resources(Attributes.empty());
    SdkMeterProvider meters =
        SdkMeterProvider.builder()
            .registerMetricReader(metrics, _ -> CARDINALITY_LIMIT)
            .registerView(
                InstrumentSelector.builder().setType(InstrumentType.HISTOGRAM).build(),
                View.builder()
                    .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                    .build())
            .build();
    ConnectionMetrics counted =
        new ConnectionMetrics(meters.get("io.netspan"), resources.metrics());
    ConnectionSpans made =
        new ConnectionSpans(
            new SpanSink(new NoExport(), new Output(spans, output), new EpochOffset()),
            new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
            new Keep(List.of()));
    Pairing pairing =
        new Pairing(new ConnectionTelemetry(counted, made), names(), Translations.NONE);
    tracker = tracker(resources, pairing);
    pairing.releaseTo(tracker::release);
    counted.releaseTo(tracker::release);
    decoder = new EventDecoder(tracker);
    EventTape.announce(decoder);
  }

  /** Without metrics and spans. */
  private Pipeline(boolean pairs) {
    ConnectionListener nothing = new Nothing();
    Pairing pairing = new Pairing(nothing, names(), Translations.NONE);
    tracker = tracker(new Resources(Attributes.empty()), pairs ? pairing : nothing);
    pairing.releaseTo(tracker::release);
    decoder = new EventDecoder(tracker);
    EventTape.announce(decoder);
  }

  private static ConnectionTracker tracker(Resources resources, ConnectionListener listener) {
    return new ConnectionTracker(
        new WorkloadTable(new FakeEnricher(), Contributors.NONE, resources, Completion::run),
        listener,
        new SplittableRandom(1),
        1_000_000);
  }

  /** Names for ranges, of which one has the addresses of the tape's peers. */
  private static PeerNames names() {
    List<PeerNames.Range> ranges = new ArrayList<>();
    for (long network = 0; network < NAMED_NETWORKS; network++) {
      PeerName name = new PeerName("network-" + network, PeerName.Provenance.CIDR);
      ranges.add(new PeerNames.Range(false, (0x0a00_0000L + (network << 8)) << 32, 0, 24, name));
    }
    PeerName every = new PeerName("every", PeerName.Provenance.CIDR);
    ranges.add(new PeerNames.Range(false, 0, 0, 0, every));
    ranges.add(new PeerNames.Range(true, 0, 0, 0, every));
    PeerNames names = new PeerNames();
    names.replace(ranges);
    return names;
  }

  /** As with neither an exporter of traces nor an output. */
  static Pipeline metricsOnly() {
    return new Pipeline(/* spans= */ false, span -> {});
  }

  /** The tracker alone. */
  static Pipeline trackerOnly() {
    return new Pipeline(/* pairs= */ false);
  }

  /** The tracker, and the pairing of both sides. */
  static Pipeline pairingOnly() {
    return new Pipeline(/* pairs= */ true);
  }

  /** The same, after so many different ports that those of the tape have no series of their own. */
  static Pipeline pastTheSeriesLimit() {
    Pipeline full = metricsOnly();
    FakeKernel kernel = new FakeKernel(full.decoder);
    for (int port = FIRST_OTHER_PORT; port < FIRST_OTHER_PORT + MORE_THAN_THE_SERIES; port++) {
      FakeSocket client = kernel.client(0xc).peer("10.0.0.2", port);
      client.open(FakeProcess.CURL);
      client.close(TCP_SYN_SENT, ECONNREFUSED);
    }
    return full;
  }

  static Pipeline withSpans(Consumer<NetworkSpan> output) {
    return new Pipeline(/* spans= */ true, output);
  }

  private static final class Nothing implements ConnectionListener {
    @Override
    public void opened(Connection connection) {}

    @Override
    public void changed(Connection connection) {}

    @Override
    public void refreshed(Connection connection) {}

    @Override
    public void closed(Connection connection) {}
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
}
