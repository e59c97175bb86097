package io.netspan.receiver.telemetry;

/**
 * Decides, for all sources of spans, whether a span is sampled, exported and printed, and has it
 * made only if it is exported or printed. Belongs to the thread that has the turn.
 */
public final class SpanSink {
  private final SpanExport export;
  private final SpanOutput output;
  private final EpochOffset epoch;

  public SpanSink(SpanExport export, SpanOutput output, EpochOffset epoch) {
    this.export = export;
    this.output = output;
    this.epoch = epoch;
  }

  /** Sends the span of what has ended to those that want it. */
  public <T> void ended(T of, SpanMaker<T> maker) {
    boolean exporting = export.exportsSpans();
    boolean exported = exporting && isSampled(of, maker);
    boolean printed = output.wants(maker.nowNs(of));
    if (!exported && !printed) {
      return;
    }
    NetworkSpan span = make(of, maker, exported || !exporting);
    if (exported) {
      export.offer(span);
    }
    if (printed) {
      output.accept(span);
    }
  }

  /** As {@link #ended}, of a span that is not printed. */
  <T> void exported(T of, SpanMaker<T> maker) {
    if (export.exportsSpans() && isSampled(of, maker)) {
      export.offer(make(of, maker, /* sampled= */ true));
    }
  }

  /** As {@link #ended}, of a span that is not exported. */
  <T> void printed(T of, SpanMaker<T> maker) {
    if (output.wants(maker.nowNs(of))) {
      output.accept(make(of, maker, !export.exportsSpans() || isSampled(of, maker)));
    }
  }

  /** Whether the exporters have room for more than what must be exported at once. */
  boolean hasRoom() {
    return export.hasRoom();
  }

  private <T> boolean isSampled(T of, SpanMaker<T> maker) {
    return export.samples(maker.pair(of), maker.transport(), maker.serverPort(of), maker.kind(of));
  }

  private <T> NetworkSpan make(T of, SpanMaker<T> maker, boolean sampled) {
    return maker.make(of, epoch.offsetNs(maker.endNs(of)), sampled, export.limits());
  }
}
