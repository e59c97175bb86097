package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;

/**
 * Decides, for all sources of spans, whether a span is sampled, exported and printed, and has it
 * made only if it is exported or printed. Belongs to the thread that has the turn.
 */
public final class SpanSink {
  private final SpanExport export;
  private final SpanOutput output;
  private final EpochOffset epoch;
  private final SingleWriterCounter leftOut = new SingleWriterCounter();

  public SpanSink(SpanExport export, SpanOutput output, EpochOffset epoch) {
    this.export = export;
    this.output = output;
    this.epoch = epoch;
  }

  /** Sends the span of what has ended to those that want it. */
  public <T> void ended(T of, SpanMaker<T> maker) {
    boolean exporting = export.exportsSpans();
    boolean sampled = exporting && isSampled(of, maker);
    String keep = exporting && !sampled ? maker.keep(of) : null;
    boolean exported = sampled || keep != null;
    boolean printed = output.wants(maker.nowNs(of));
    if (exporting && !exported) {
      maker.leftOut(of, this);
    }
    if (!exported && !printed) {
      return;
    }
    NetworkSpan span = make(of, maker, exported || !exporting);
    if (keep != null) {
      span.keptBy(keep);
    }
    if (exported) {
      export.offer(span);
    }
    if (printed) {
      output.accept(span);
    }
  }

  /** As {@link #ended}, of a span that is not printed. */
  <T> void exported(T of, SpanMaker<T> maker) {
    if (!export.exportsSpans()) {
      return;
    }
    boolean sampled = isSampled(of, maker);
    String keep = sampled ? null : maker.keep(of);
    if (!sampled && keep == null) {
      maker.leftOut(of, this);
      return;
    }
    NetworkSpan span = make(of, maker, /* sampled= */ true);
    if (keep != null) {
      span.keptBy(keep);
    }
    export.offer(span);
  }

  /** As {@link #ended}, of a span that is not exported. */
  <T> void printed(T of, SpanMaker<T> maker) {
    if (output.wants(maker.nowNs(of))) {
      output.accept(make(of, maker, !export.exportsSpans() || isSampled(of, maker)));
    }
  }

  /** Exports a span that was made before, because of a rule. */
  void kept(NetworkSpan span, String rule) {
    span.keptBy(rule);
    export.offer(span);
  }

  /** Whether the exporters have room for more than what must be exported at once. */
  boolean hasRoom() {
    return export.hasRoom();
  }

  /** Counts a span that is not exported, because of the sampler. */
  void countLeftOut() {
    leftOut.increment();
  }

  /** Spans that were not exported, because of the sampler. May be called by any thread. */
  public long leftOut() {
    return leftOut.get();
  }

  private <T> boolean isSampled(T of, SpanMaker<T> maker) {
    return export.samples(maker.pair(of), maker.transport(), maker.serverPort(of), maker.kind(of));
  }

  <T> NetworkSpan make(T of, SpanMaker<T> maker, boolean sampled) {
    return maker.make(of, epoch.offsetNs(maker.endNs(of)), sampled, export.limits());
  }
}
