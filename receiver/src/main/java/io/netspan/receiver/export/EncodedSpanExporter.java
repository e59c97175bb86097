package io.netspan.receiver.export;

import io.netspan.receiver.otlp.TraceRequest;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Scope;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * Encodes spans by {@link TraceRequest} and has an OTLP exporter of the SDK send the requests, so
 * that its settings, its metrics about itself and its results stay as they are. Counts what becomes
 * of the spans. Used by one thread.
 */
final class EncodedSpanExporter implements SpanExporter {
  /** The size of a message up to which receivers of gRPC take it, if they are not set up. */
  static final int MOST_BYTES = 4 << 20;

  private final SpanExporter sender;
  private final ExportCounts counts;
  private final TraceRequest request = new TraceRequest(Scope.NETSPAN);

  EncodedSpanExporter(SpanExporter sender, ExportCounts counts) {
    this.sender = sender;
    this.counts = counts;
  }

  ExportCounts counts() {
    return counts;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    List<CompletableResultCode> results = new ArrayList<>();
    export(network(spans), results);
    return CompletableResultCode.ofAll(results);
  }

  /** Sends the spans in as many requests as needed, since processes choose their attributes. */
  private void export(List<NetworkSpan> spans, List<CompletableResultCode> results) {
    byte[] encoded = encode(spans);
    int size = spans.size();
    if (encoded.length > MOST_BYTES && size > 1) {
      int middle = middle(spans);
      export(spans.subList(0, middle), results);
      export(spans.subList(middle, size), results);
      return;
    }
    results.add(
        counts.count(
            size, () -> RequestBody.with(encoded, () -> sender.export(new Encoded(size)))));
  }

  /** Where to divide, so that both sides of a connection, which leave together, arrive together. */
  private static int middle(List<NetworkSpan> spans) {
    int middle = spans.size() / 2;
    boolean divides =
        spans.get(middle - 1).getTraceId().equals(spans.get(middle).getTraceId())
            && middle + 1 < spans.size();
    return divides ? middle + 1 : middle;
  }

  private byte[] encode(List<NetworkSpan> spans) {
    try {
      return request.encode(spans);
    } catch (RuntimeException e) {
      counts.notExported(spans.size());
      throw e;
    }
  }

  /** All spans are ours, since those of the SDK's tracers do not pass the batchers. */
  private static List<NetworkSpan> network(Collection<SpanData> spans) {
    return spans.stream().map(NetworkSpan.class::cast).toList();
  }

  @Override
  public CompletableResultCode flush() {
    return sender.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return sender.shutdown();
  }

  @Override
  public String toString() {
    return sender.toString();
  }

  /**
   * Spans that are encoded already: the SDK's exporter counts them, and has nothing to encode. It
   * asks a collection for its size only for these counts, and iterates only to encode.
   */
  private static final class Encoded extends AbstractCollection<SpanData> {
    private final int count;

    Encoded(int count) {
      this.count = count;
    }

    @Override
    public Iterator<SpanData> iterator() {
      return Collections.emptyIterator();
    }

    @Override
    public int size() {
      return count;
    }
  }
}
