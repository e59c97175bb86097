package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class EncodedSpanExporterTest {
  /** Half of it is odd. */
  private static final int SPANS = 20_002;

  /** Refuses the second request, as a backend that cannot decode it. */
  private static final class Sender implements SpanExporter {
    final List<byte[]> requests = new ArrayList<>();

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      try {
        requests.add(RequestBody.of(new NoMessage(), /* compressor= */ null));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return requests.size() == 2
          ? CompletableResultCode.ofFailure()
          : CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  private record NoMessage() implements MessageWriter {
    @Override
    public void writeMessage(OutputStream output) {
      throw new AssertionError("the spans are encoded already");
    }

    @Override
    public int getContentLength() {
      return 0;
    }
  }

  private static List<ByteString> tracesIn(byte[] request) throws IOException {
    return ExportTraceServiceRequest.parseFrom(request).getResourceSpansList().stream()
        .flatMap(ofResource -> ofResource.getScopeSpansList().stream())
        .flatMap(ofScope -> ofScope.getSpansList().stream())
        .map(Span::getTraceId)
        .toList();
  }

  @Test
  void aLargeBatchIsSentInRequestsThatReceiversTake() throws IOException {
    List<NetworkSpan> spans = new ArrayList<>();
    FakeKernel kernel = FakeSpans.into(new CollectedSpans(spans));
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
    for (int i = 0; i < SPANS / 2; i++) {
      FakeSocket client = kernel.client(0xc).isns(i, ~i);
      FakeSocket server = kernel.server(0x5).isns(i, ~i);
      client.open(FakeProcess.CURL);
      server.established();
      client.established();
      client.closesFirst(FakeProcess.CURL);
      server.closesLast(FakeProcess.NGINX_WORKER);
      client.close(5);
      server.close(9);
    }
    Sender sender = new Sender();
    ExportCounts counts = new ExportCounts("spans");

    CompletableResultCode result =
        new EncodedSpanExporter(sender, counts).export(List.copyOf(spans));

    assertThat(sender.requests)
        .hasSizeGreaterThan(2)
        .allMatch(request -> request.length <= EncodedSpanExporter.MOST_BYTES);
    int sent = 0;
    Set<ByteString> traces = new HashSet<>();
    for (byte[] request : sender.requests) {
      List<ByteString> some = tracesIn(request);
      sent += some.size();
      assertThat(Collections.disjoint(traces, some)).isTrue();
      traces.addAll(some);
    }
    assertThat(sent).isEqualTo(SPANS);
    assertThat(traces).hasSize(SPANS / 2);
    int refused = tracesIn(sender.requests.get(1)).size();
    assertThat(result.isSuccess()).isFalse();
    assertThat(counts.failed()).isEqualTo(refused);
    assertThat(counts.exported()).isEqualTo(SPANS - refused);
    assertThat(counts.taken()).isEqualTo(SPANS);
  }
}
