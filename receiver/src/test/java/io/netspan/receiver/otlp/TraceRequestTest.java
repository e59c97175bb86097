package io.netspan.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.RandomConnections;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.NoExport;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.Scope;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.FakeFlows;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests say the same as those that the SDK's own encoder makes of the same spans. */
final class TraceRequestTest {
  private final TraceRequest request = new TraceRequest(Scope.NETSPAN);
  private final WorkloadTable workloads =
      new WorkloadTable(
          new FakeEnricher(),
          Contributors.NONE,
          new Resources(RandomSpan.everyType(new SplittableRandom(5))),
          WorkloadTable.Completion::run);

  private List<Workload> owners() {
    return List.of(workloads.nobody(), workloads.find(7, 7), workloads.find(8, 8));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anySpanIsEncodedAsBySdk(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Workload> owners = owners();
    for (int batch = 0; batch < 200; batch++) {
      List<NetworkSpan> spans = new ArrayList<>();
      for (int i = random.nextInt(50); i > 0; i--) {
        spans.add(RandomSpan.next(random, owners.get(random.nextInt(owners.size()))));
      }

      compare(spans);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyConnectionIsEncodedAsBySdk(long seed) throws IOException {
    List<NetworkSpan> spans = new ArrayList<>();
    ConnectionSpans made =
        new ConnectionSpans(
            new SpanSink(new NoExport(), new CollectedSpans(spans), new EpochOffset()),
            new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
            new Keep(List.of()));
    RandomConnections connections = new RandomConnections(seed, owners());
    for (int i = 0; i < 5_000; i++) {
      made.closed(connections.next());
    }

    assertThat(spans).hasSize(5_000);
    compare(spans);
  }

  @Test
  void aFlowIsEncodedAsBySdk() throws IOException {
    List<NetworkSpan> spans = new ArrayList<>();
    FakeFlows kernel = new FakeFlows();
    FakeSpans.end(kernel, new CollectedSpans(spans), 1_000);

    compare(spans);
  }

  @Test
  void anEmptyBatchIsAnEmptyRequest() {
    assertThat(request.encode(List.of())).isEmpty();
  }

  private void compare(List<NetworkSpan> spans) throws IOException {
    ByteArrayOutputStream bySdk = new ByteArrayOutputStream();
    TraceRequestMarshaler.create(new ArrayList<SpanData>(spans)).writeBinaryTo(bySdk);

    Map<Resource, ResourceSpans> ours = normal(request.encode(spans));
    Map<Resource, ResourceSpans> expected = normal(bySdk.toByteArray());
    assertThat(ours.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (resource, group) -> {
          List<Span> encoded =
              Objects.requireNonNull(ours.get(resource)).getScopeSpans(0).getSpansList();
          List<Span> sdks = group.getScopeSpans(0).getSpansList();
          assertThat(encoded).hasSameSizeAs(sdks);
          for (int i = 0; i < sdks.size(); i++) { // One by one, since a failure prints all.
            assertThat(encoded.get(i)).isEqualTo(sdks.get(i));
          }
        });
    assertThat(ours).isEqualTo(expected);
  }

  /** The spans by their Resource. Of attributes only those are in order that the SDK sorts. */
  private static Map<Resource, ResourceSpans> normal(byte[] request) throws IOException {
    Map<Resource, ResourceSpans> all = new HashMap<>();
    for (ResourceSpans group :
        ExportTraceServiceRequest.parseFrom(request).getResourceSpansList()) {
      ResourceSpans.Builder normal = group.toBuilder().clearScopeSpans();
      for (ScopeSpans scope : group.getScopeSpansList()) {
        ScopeSpans.Builder spans = scope.toBuilder().clearSpans();
        scope.getSpansList().forEach(span -> spans.addSpans(normal(span)));
        normal.addScopeSpans(spans);
      }
      assertThat(all.put(group.getResource(), normal.build())).isNull();
    }
    return all;
  }

  private static Span normal(Span span) {
    List<KeyValue> sorted = new ArrayList<>(span.getAttributesList());
    sorted.sort(Comparator.comparing(KeyValue::getKey));
    return span.toBuilder().clearAttributes().addAllAttributes(sorted).build();
  }

  /** The Resources of the workloads above, so that the test does not compare empty ones. */
  @Test
  void theResourcesHaveAttributesOfAllTypes() throws IOException {
    List<NetworkSpan> spans = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    owners().forEach(owner -> spans.add(RandomSpan.next(random, owner)));

    assertThat(normal(request.encode(spans)).keySet())
        .hasSize(3)
        .allSatisfy(resource -> assertThat(resource.getAttributesCount()).isGreaterThan(8));
  }
}
