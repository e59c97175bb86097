package io.netspan.receiver.telemetry;

import io.netspan.config.MetricAttribute;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** A kernel whose connections are counted, and all identified. */
public final class FakeMetrics {
  private static final int SYN_SENT = 2;
  private static final int ECONNREFUSED = 111;

  private final FakeKernel kernel;

  /** Counts with the instruments of a meter, under Resources that exporters know. */
  public FakeMetrics(Meter meter, MetricResources registry) {
    this(meter, registry, List.of());
  }

  /** As {@link #FakeMetrics(Meter, MetricResources)}, with more attributes. */
  public FakeMetrics(Meter meter, MetricResources registry, List<MetricAttribute> optedIn) {
    Resources resources =
        new Resources(
            Attributes.empty(), registry, new SeriesExpiry(Duration.ZERO, System::nanoTime));
    kernel =
        new FakeKernel(
            new EventDecoder(
                new ConnectionTracker(
                    new WorkloadTable(
                        new FakeEnricher(),
                        Contributors.NONE,
                        resources,
                        WorkloadTable.Completion::run),
                    new ConnectionMetrics(meter, resources.metrics(), new OptInAttributes(optedIn)),
                    new SplittableRandom(1),
                    1_000)));
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX);
  }

  /** A process connects to a port and is refused a millisecond later. */
  public void refused(FakeProcess process, int port) {
    FakeSocket client = kernel.client(0xc).peer("10.0.0.2", port);
    client.open(process);
    kernel.passes(1_000_000);
    client.close(SYN_SENT, ECONNREFUSED);
  }
}
