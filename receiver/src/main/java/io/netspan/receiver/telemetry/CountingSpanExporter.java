package io.netspan.receiver.telemetry;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.LongAdder;

/** Counts what an exporter was given, and how much of it did not arrive. */
final class CountingSpanExporter implements SpanExporter {
  private final SpanExporter exporter;
  private final LongAdder exported = new LongAdder();
  private final LongAdder failed = new LongAdder();

  CountingSpanExporter(SpanExporter exporter) {
    this.exporter = exporter;
  }

  /** Spans whose export succeeded. */
  long exported() {
    return exported.sum();
  }

  /** Spans whose export failed for good, the exporter's own retries included. */
  long failed() {
    return failed.sum();
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    int count = spans.size();
    CompletableResultCode result = exporter.export(spans);
    result.whenComplete(() -> (result.isSuccess() ? exported : failed).add(count));
    return result;
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public String toString() {
    return exporter.toString();
  }
}
