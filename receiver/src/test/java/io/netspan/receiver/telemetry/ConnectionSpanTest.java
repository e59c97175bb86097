package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.Version;
import io.netspan.receiver.tcp.CloseReason;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.RandomConnections;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectionSpanTest {
  private static final int SYN_SENT = 2;
  private static final int ESTABLISHED = 1;
  private static final int FIN_WAIT2 = 5;
  private static final int LAST_ACK = 9;

  private final List<ConnectionSpan> spans = new ArrayList<>();
  private final EpochOffset epoch = new EpochOffset();
  private final WorkloadTable workloads =
      new WorkloadTable(
          new FakeEnricher(),
          Contributors.NONE,
          new Resources(Attributes.empty()),
          WorkloadTable.Completion::run);
  private final FakeKernel kernel = kernel("10.0.0.0/8");

  private FakeKernel kernel(String correlationPeers) {
    SpanOutput output =
        new SpanOutput() {
          @Override
          public boolean wants(long nowNs) {
            return true;
          }

          @Override
          public void accept(NetworkSpan span) {
            spans.add((ConnectionSpan) span);
          }
        };
    ConnectionSpans listener =
        new ConnectionSpans(
            new SpanSink(new NoExport(), output, epoch),
            new CorrelationPeers(List.of(AddressRange.parse(correlationPeers))),
            new Keep(List.of()));
    return new FakeKernel(
        new EventDecoder(
            new ConnectionTracker(workloads, listener, new SplittableRandom(1), 1_000)));
  }

  /** Produces the span of the server, and then that of the client. */
  private void live(FakeKernel on) {
    FakeSocket client = on.client(0xc);
    FakeSocket server = on.server(0x5);
    on.announce(FakeProcess.CURL);
    on.announce(FakeProcess.NGINX_WORKER);
    client.open(FakeProcess.CURL);
    server.established();
    client.established();
    client.closesFirst(FakeProcess.CURL);
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(LAST_ACK);
    client.close(FIN_WAIT2);
  }

  @Test
  void bothSidesShareATraceAndTheClientIsTheParent() {
    live(kernel);
    ConnectionSpan server = spans.get(0);
    ConnectionSpan client = spans.get(1);

    assertThat(client.getTraceId()).isEqualTo("4d994477900ebdfbb1d484e21b8b17be");
    assertThat(client.getSpanId()).isEqualTo("6314cba604d62f7b");
    assertThat(client.getParentSpanContext().isValid()).isFalse();
    assertThat(client.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(client.getSpanContext().isRemote()).isFalse();

    assertThat(server.getTraceId()).isEqualTo(client.getTraceId());
    assertThat(server.getSpanId()).isEqualTo("7567c2787f3d8452");
    assertThat(server.getParentSpanId()).isEqualTo(client.getSpanId());
    assertThat(server.getParentSpanContext().getTraceId()).isEqualTo(client.getTraceId());
    assertThat(server.getParentSpanContext().isRemote()).isTrue();
    assertThat(server.getParentSpanContext().isSampled()).isTrue();
    assertThat(server.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(spans).allMatch(span -> span.getSpanContext().isSampled());
    assertThat(spans).extracting(ConnectionSpan::connectionId).containsOnly("1111111122222222");
    assertThat(spans).extracting(ConnectionSpan::getName).containsOnly("tcp 80");
  }

  @Test
  void aServerHasNoParentWithoutAnAgentAtTheOtherEnd() {
    live(kernel("192.168.0.0/16"));

    assertThat(spans).noneMatch(span -> span.getParentSpanContext().isValid());
    assertThat(spans.get(0).getTraceId()).isEqualTo(spans.get(1).getTraceId());
  }

  @Test
  void aClientSpanHasAllAttributes() {
    live(kernel);
    Map<String, Object> attributes = attributes(spans.get(1));

    assertThat(attributes)
        .containsEntry("network.transport", "tcp")
        .containsEntry("network.type", "ipv4")
        .containsEntry("network.local.address", "10.0.0.1")
        .containsEntry("network.local.port", 40_001L)
        .containsEntry("network.peer.address", "10.0.0.2")
        .containsEntry("network.peer.port", 80L)
        .containsEntry("client.address", "10.0.0.1")
        .containsEntry("client.port", 40_001L)
        .containsEntry("server.address", "10.0.0.2")
        .containsEntry("server.port", 80L)
        .containsEntry("netspan.thread.id", 1_008L)
        .containsEntry("netspan.connection.id", "1111111122222222")
        .containsEntry("netspan.netns", 4_026_531_840L)
        .containsEntry("netspan.provenance", "live")
        .containsEntry("netspan.process.provenance", "connect")
        .containsEntry("netspan.close.reason", "local_fin")
        .containsEntry("netspan.bytes.sent", 900L)
        .containsEntry("netspan.bytes.received", 5_000L)
        .containsEntry("netspan.segments.sent", 8L)
        .containsEntry("netspan.segments.received", 9L)
        .containsEntry("netspan.retransmits", 1L)
        .containsEntry("netspan.rtt.smoothed", 100e-6)
        .containsEntry("netspan.rtt.min", 90e-6)
        .containsEntry("netspan.handshake.duration", 2e-6)
        .hasSize(24);
  }

  @Test
  void aServerSpanHasTheAttributesOfItsSide() {
    live(kernel);
    Map<String, Object> attributes = attributes(spans.get(0));

    assertThat(attributes)
        .containsEntry("network.local.address", "10.0.0.2")
        .containsEntry("server.address", "10.0.0.2")
        .containsEntry("server.port", 80L)
        .containsEntry("client.address", "10.0.0.1")
        .containsEntry("client.port", 40_001L)
        .containsEntry("netspan.process.provenance", "close")
        .containsEntry("netspan.close.reason", "remote_fin")
        .containsEntry("netspan.handshake.duration", 100e-6);
  }

  @Test
  void aRefusedConnectIsAnErrorWithoutUnknownAttributes() {
    FakeSocket client = kernel.client(0xc).local("0.0.0.0", 0);
    client.open(FakeProcess.CURL);
    client.close(SYN_SENT, 111);

    ConnectionSpan span = spans.getFirst();
    assertThat(span.getStatus())
        .isEqualTo(StatusData.create(StatusCode.ERROR, "nothing listens at this address and port"));
    assertThat(attributes(span))
        .containsEntry("error.type", "connection_refused")
        .containsEntry("netspan.close.reason", "refused")
        .doesNotContainKeys(
            "network.local.address",
            "network.local.port",
            "client.address",
            "client.port",
            "netspan.connection.id");
    assertThat(span.getAttribute(ConnectionAttributes.HANDSHAKE.key()))
        .as("time until the failure")
        .isEqualTo(1e-6);
    assertThat(span.getEvents()).isEmpty();
    assertThat(span.getParentSpanContext().isValid()).isFalse();
    assertThat(span.getSpanContext().isValid()).isTrue();
  }

  @Test
  void aConnectionWhoseEndWasNotSeenHasNoTotals() {
    FakeSocket client = kernel.client(0xc);
    client.open(FakeProcess.CURL);
    client.established();
    kernel.client(0xc).open(FakeProcess.CURL);

    assertThat(attributes(spans.getFirst()))
        .containsEntry("netspan.provenance", "inferred")
        .containsEntry("netspan.close.reason", "unknown")
        .doesNotContainKeys("netspan.bytes.sent", "netspan.bytes.received", "error.type");
    assertThat(spans.getFirst().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void timesAreByTheWallClock() {
    live(kernel);
    ConnectionSpan client = spans.get(1);

    // The kernel's first event is at 5 s and some microseconds.
    assertThat(client.getStartEpochNanos() - epoch.offsetNs()).isEqualTo(5_000_003_000L);
    assertThat(client.getEndEpochNanos() - epoch.offsetNs()).isEqualTo(5_000_009_000L);
    assertThat(client.getLatencyNanos()).isEqualTo(6_000);
    assertThat(client.getEvents())
        .extracting(EventData::getName, e -> e.getEpochNanos() - epoch.offsetNs())
        .containsExactly(org.assertj.core.api.Assertions.tuple("established", 5_000_005_000L));
    assertThat(client.getTotalRecordedEvents()).isEqualTo(1);
    assertThat(client.hasEnded()).isTrue();
  }

  @Test
  void theResourceIsThatOfTheOwner() {
    live(kernel);

    assertThat(spans.get(0).getResource().getAttribute(AttributeKey.stringKey("service.name")))
        .isEqualTo("nginx");
    assertThat(spans.get(1).getResource().getAttribute(AttributeKey.stringKey("service.name")))
        .isEqualTo("curl");
    assertThat(spans.get(1).getResource().getAttribute(AttributeKey.longKey("process.pid")))
        .isEqualTo(1_001);
    assertThat(spans.get(1).getResource())
        .as("the same object, because exporters group by identity")
        .isSameAs(spans.get(1).getResource());
  }

  @Test
  void endpointsAreFormattedAsText() {
    FakeSocket client = kernel.client(0xc).local("2001:db8::1", 40_001).peer("2001:db8::2", 443);
    client.open(FakeProcess.CURL);
    client.established();
    client.close(ESTABLISHED, 104);

    assertThat(spans.getFirst().localAddress()).isEqualTo("2001:db8::1");
    assertThat(spans.getFirst().localPort()).isEqualTo(40_001);
    assertThat(spans.getFirst().peerAddress()).isEqualTo("2001:db8::2");
    assertThat(spans.getFirst().peerPort()).isEqualTo(443);
    assertThat(attributes(spans.getFirst())).containsEntry("network.type", "ipv6");
  }

  private static Map<String, Object> attributes(ConnectionSpan span) {
    Map<String, Object> all = new java.util.HashMap<>();
    span.getAttributes().forEach((key, value) -> all.put(key.getKey(), value));
    return all;
  }

  @Test
  void theScopeHasTheVersionOfNetspan() {
    live(kernel);

    assertThat(spans)
        .extracting(span -> span.getInstrumentationScopeInfo())
        .allMatch(scope -> scope.getName().equals("io.netspan"))
        .allMatch(scope -> Version.current().equals(scope.getVersion()));
  }

  // Properties of any connection.

  private List<Workload> owners() {
    return List.of(workloads.nobody(), workloads.find(7, 7));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyConnectionIsAWellFormedSpan(long seed) {
    RandomConnections connections = new RandomConnections(seed, owners());
    for (int i = 0; i < 20_000; i++) {
      Connection of = connections.next();
      ConnectionSpan span =
          new ConnectionSpan(
              of,
              epoch.offsetNs(),
              /* peerTraced= */ i % 2 == 0,
              i % 3 == 0,
              SpanLimits.getDefault());

      assertThat(span.getSpanContext().isValid()).isTrue();
      assertThat(span.getName()).matches("tcp \\d{1,5}");
      assertThat(span.getEndEpochNanos()).isGreaterThanOrEqualTo(span.getStartEpochNanos());
      for (EventData event : span.getEvents()) {
        assertThat(event.getEpochNanos())
            .isBetween(span.getStartEpochNanos(), span.getEndEpochNanos());
      }
      span.getAttributes()
          .forEach((key, value) -> assertThat(value.toString()).as(key.getKey()).isNotEmpty());
      assertThat(span.getAttributes().get(SpanAttributes.ERROR_TYPE.key()) != null)
          .isEqualTo(span.getStatus().getStatusCode() == StatusCode.ERROR);
      assertThat(span.getTotalAttributeCount()).isEqualTo(span.getAttributes().size());
      assertThat(span.toSpanData().getAttributes()).isSameAs(span.getAttributes());
    }
  }

  // Names of attributes.

  private static final List<String> PREFIXES =
      List.of(
          "network.",
          "server.",
          "client.",
          "error.type",
          "netspan.",
          "peer.",
          "service.",
          "process.",
          "container.",
          "source.",
          "destination.",
          "otel.metric.overflow");

  @Test
  void allNamesAreOfTheSemanticConventionsOrOurNamespace() throws ReflectiveOperationException {
    Set<String> names = new HashSet<>();
    for (Class<?> holder :
        List.of(
            SpanAttributes.class,
            ConnectionAttributes.class,
            FlowAttributes.class,
            Resources.class,
            SeriesTable.class,
            SocketDetails.class,
            ConnectionMetrics.class,
            ConnectionSeries.class)) {
      for (Field field : holder.getDeclaredFields()) {
        if (field.getType() == AttributeKey.class || field.getType() == SpanAttribute.class) {
          field.setAccessible(true);
          names.add(field.get(null).toString());
        }
      }
    }

    assertThat(names).hasSizeGreaterThan(40);
    assertThat(names).allMatch(name -> PREFIXES.stream().anyMatch(name::startsWith), "known");
    assertThat(names).allMatch(name -> name.matches("[a-z][a-z0-9_.]+"), "well-formed");
  }

  @Test
  void enumValuesAreLowerCaseIdentifiers() {
    for (CloseReason reason : CloseReason.values()) {
      assertThat(reason.value()).matches("[a-z_]+");
    }
    for (ConnectionError error : ConnectionError.values()) {
      assertThat(error.value()).matches(error == ConnectionError.NONE ? "" : "[a-z_]+|_OTHER");
    }
  }
}
