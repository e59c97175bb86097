package io.netspan.receiver.telemetry;

import io.netspan.config.AddressRange;
import io.netspan.config.ExporterSelection;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** A kernel whose connections come out as spans. */
public final class FakeSpans {
  private FakeSpans() {}

  /** All that the output wants; nothing is exported. */
  public static FakeKernel into(SpanOutput output) {
    return into(OpenTelemetryExport.start(new ExporterSelection(Map.of())), output);
  }

  /** All of them, with the times of these clocks. */
  static FakeKernel into(Consumer<NetworkSpan> output, EpochOffset epoch) {
    return into(
        OpenTelemetryExport.start(new ExporterSelection(Map.of())),
        new SpanOutput() {
          @Override
          public boolean wants(long nowNs) {
            return true;
          }

          @Override
          public void accept(NetworkSpan span) {
            output.accept(span);
          }
        },
        epoch);
  }

  static FakeKernel into(OpenTelemetryExport export, SpanOutput output) {
    return into(export, output, new EpochOffset());
  }

  private static FakeKernel into(OpenTelemetryExport export, SpanOutput output, EpochOffset epoch) {
    return new FakeKernel(
        new EventDecoder(
            new ConnectionTracker(
                new WorkloadTable(
                    new FakeEnricher(),
                    new Resources(Attributes.empty()),
                    WorkloadTable.Completion::run),
                new ConnectionSpans(
                    export, output, new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE), epoch),
                new SplittableRandom(1),
                1_000)));
  }
}
