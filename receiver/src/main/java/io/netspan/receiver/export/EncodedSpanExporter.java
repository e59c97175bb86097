package io.netspan.receiver.export;

import io.netspan.receiver.otlp.TraceRequest;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Scope;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * Encodes spans by {@link TraceRequest} and has an OTLP exporter of the SDK send the request, so
 * that its settings, its metrics about itself and its results stay as they are. Used by one thread.
 */
final class EncodedSpanExporter implements SpanExporter {
  private final SpanExporter sender;
  private final TraceRequest request = new TraceRequest(Scope.NETSPAN);

  EncodedSpanExporter(SpanExporter sender) {
    this.sender = sender;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    byte[] encoded = request.encode(network(spans));
    return RequestBody.with(encoded, () -> sender.export(new Encoded(spans.size())));
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
