package io.netspan.receiver.telemetry;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.udp.FlowTracker;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.FakeFlows;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import java.util.List;
import java.util.SplittableRandom;

/** Creates fake kernels whose connections are passed on as spans. */
public final class FakeSpans {
  private FakeSpans() {}

  /** Passes the spans that the output wants to it; nothing is exported. */
  public static FakeKernel into(SpanOutput output) {
    return into(new NoExport(), output);
  }

  /** Collects all spans, with the times of these clocks. */
  static FakeKernel into(List<NetworkSpan> output, EpochOffset epoch) {
    return into(new NoExport(), new CollectedSpans(output), epoch);
  }

  /** Exports the spans that the sampler keeps; nothing is printed. */
  public static FakeKernel into(SpanExport export) {
    return into(export, new NoOutput());
  }

  public static FakeKernel into(SpanExport export, SpanOutput output) {
    return into(export, output, new EpochOffset());
  }

  private static FakeKernel into(SpanExport export, SpanOutput output, EpochOffset epoch) {
    return new FakeKernel(
        new EventDecoder(
            new ConnectionTracker(
                new WorkloadTable(
                    new FakeEnricher(),
                    Contributors.NONE,
                    new Resources(Attributes.empty()),
                    WorkloadTable.Completion::run),
                new ConnectionSpans(
                    new SpanSink(export, output, epoch),
                    new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
                    new Keep(List.of())),
                new SplittableRandom(1),
                1_000)));
  }

  /** Reads the flows of this kernel once, ends them, and passes on their spans. */
  public static void end(FakeFlows kernel, SpanOutput output, long nowNs) {
    Resources resources = new Resources(Attributes.empty());
    SdkMeterProvider meters = SdkMeterProvider.builder().build();
    FlowTracker tracker =
        new FlowTracker(
            kernel,
            new WorkloadTable(
                new FakeEnricher(), Contributors.NONE, resources, WorkloadTable.Completion::run),
            new FlowSpans(
                new FlowMetrics(meters.get("test"), resources.metrics()),
                new SpanSink(new NoExport(), output, new EpochOffset()),
                new Keep(List.of())),
            Long.MAX_VALUE);
    tracker.pass(nowNs, nowNs);
    tracker.stop();
    meters.close();
  }
}
