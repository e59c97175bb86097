package io.netspan.receiver.telemetry;

import io.netspan.config.AddressRange;
import io.netspan.config.ExporterSelection;
import io.netspan.receiver.track.ConnectionTracker;
import io.netspan.receiver.track.FakeKernel;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Resources;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.Map;
import java.util.SplittableRandom;

/** A kernel whose connections come out as spans. */
public final class FakeSpans {
  private FakeSpans() {}

  /** All that the output wants; nothing is exported. */
  public static FakeKernel into(SpanOutput output) {
    return into(OpenTelemetryExport.start(new ExporterSelection(Map.of())), output);
  }

  static FakeKernel into(OpenTelemetryExport export, SpanOutput output) {
    return new FakeKernel(
        new EventDecoder(
            new ConnectionTracker(
                new WorkloadTable(
                    new FakeEnricher(),
                    new Resources(Attributes.empty()),
                    WorkloadTable.Completion::run),
                new ConnectionSpans(
                    export,
                    output,
                    new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
                    new EpochOffset()),
                new SplittableRandom(1),
                1_000)));
  }
}
