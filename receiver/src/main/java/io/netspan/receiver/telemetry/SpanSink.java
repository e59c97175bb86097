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
    boolean exported =
        exporting
            && export.samples(
                maker.pair(of), maker.transport(), maker.serverPort(of), maker.kind(of));
    boolean printed = output.wants(maker.nowNs(of));
    if (!exported && !printed) {
      return;
    }
    NetworkSpan span =
        maker.make(of, epoch.offsetNs(maker.endNs(of)), exported || !exporting, export.limits());
    if (exported) {
      export.offer(span);
    }
    if (printed) {
      output.accept(span);
    }
  }
}
