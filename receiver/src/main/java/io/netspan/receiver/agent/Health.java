package io.netspan.receiver.agent;

import io.netspan.receiver.export.OpenTelemetryExport;
import io.netspan.receiver.output.SpanPrinter;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.wire.DecodeCounters;
import io.netspan.receiver.wire.EventType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the agent knows of itself: one list of losses for the metrics and for the closing totals.
 * Any thread.
 */
final class Health {
  private final Supervisor supervisor;
  private final DecodeCounters decoded;
  private final ConnectionTracker tracker;
  private final Enrichment enrichment;
  private final SpanPrinter printer;
  private final OpenTelemetryExport export;

  Health(
      Supervisor supervisor,
      DecodeCounters decoded,
      ConnectionTracker tracker,
      Enrichment enrichment,
      SpanPrinter printer,
      OpenTelemetryExport export) {
    this.supervisor = supervisor;
    this.decoded = decoded;
    this.tracker = tracker;
    this.enrichment = enrichment;
    this.printer = printer;
    this.export = export;
  }

  /** Every loss that there can be, those that did not happen with 0. */
  List<Loss> losses() {
    List<Loss> all = new ArrayList<>(supervisor.losses());
    all.add(new Loss("decode", "unknown_type", decoded.unknownType()));
    all.add(new Loss("decode", "too_short", decoded.tooShort()));
    all.add(new Loss("tracker", "table_full", tracker.tableFull()));
    all.add(new Loss("tracker", "step_unseen", tracker.stepsUnseen()));
    all.add(new Loss("enrichment", "queue_full", enrichment.queueFull()));
    all.add(new Loss("enrichment", "failed", enrichment.failed()));
    all.add(new Loss("output", "queue_full", printer.queueFull()));
    all.add(new Loss("output", "write_failed", printer.writeFailed()));
    all.add(new Loss("export", "queue_full", export.queueFull()));
    all.add(new Loss("export", "failed", export.failed()));
    all.add(new Loss("export", "rejected", export.rejected()));
    all.add(new Loss("export", "unsent", export.unsent()));
    all.add(new Loss("export", "points_failed", export.pointsFailed()));
    all.add(new Loss("export", "points_rejected", export.pointsRejected()));
    return all;
  }

  long decoded(EventType type) {
    return decoded.decodedOf(type);
  }

  /** How much of the ring is waiting to be read, 0 to 1. */
  double ringUsage() {
    return supervisor.bufferUsage();
  }

  int tracked() {
    return tracker.tracked();
  }

  static String name(EventType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
