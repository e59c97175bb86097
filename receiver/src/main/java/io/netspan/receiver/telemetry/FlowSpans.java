package io.netspan.receiver.telemetry;

import io.netspan.bpf.BootClock;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.udp.FlowRole;
import io.opentelemetry.api.trace.SpanKind;

/** Metrics of all flows, spans of those that an exporter or the output wants. Tracer's thread. */
public final class FlowSpans implements FlowListener {
  private final FlowMetrics metrics;
  private final SpanExport export;
  private final SpanOutput output;
  private final EpochOffset epoch;
  private final SingleWriterCounter ended = new SingleWriterCounter();

  public FlowSpans(FlowMetrics metrics, SpanExport export, SpanOutput output, EpochOffset epoch) {
    this.metrics = metrics;
    this.export = export;
    this.output = output;
    this.epoch = epoch;
  }

  /** Flows that have ended. Any thread. */
  public long ended() {
    return ended.get();
  }

  static SpanKind kind(FlowRole role) {
    return switch (role) {
      case CLIENT -> SpanKind.CLIENT;
      case SERVER -> SpanKind.SERVER;
      case INTERNAL -> SpanKind.INTERNAL;
    };
  }

  @Override
  public void counted(Flow flow) {
    metrics.counted(flow);
  }

  @Override
  public void ended(Flow flow) {
    ended.increment();
    boolean exported =
        export.exportsSpans()
            && export.samples(flow.id(), "udp", flow.serverPort(), kind(flow.role()));
    // Not when the last datagram was, which can be long ago: the limit is of lines a second.
    boolean printed = output.wants(BootClock.nanos());
    if (!exported && !printed) {
      return;
    }
    FlowSpan span =
        new FlowSpan(
            flow,
            epoch.offsetNs(flow.lastNs()),
            exported || !export.exportsSpans(),
            export.limits());
    if (exported) {
      export.offer(span);
    }
    if (printed) {
      output.accept(span);
    }
  }
}
