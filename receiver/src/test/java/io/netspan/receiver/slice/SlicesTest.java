package io.netspan.receiver.slice;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.tcp.ConnectionIdentity;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanExport;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SlicesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final long INTERVAL = 29_000_000;

  /** Later than all that happens here. */
  private static final long LATE = 1_000_000 * SECOND;

  private final List<NetworkSpan> exported = new ArrayList<>();
  private final List<NetworkSpan> printed = new ArrayList<>();
  private final Export export = new Export();

  /**
   * What the wall clock is ahead of CLOCK_BOOTTIME: the kernel's first event is 5 s after a cut.
   */
  private long offset = INTERVAL * MINUTE;

  private final EpochOffset epoch = new EpochOffset(() -> LATE, () -> LATE + offset);

  private final Slices slices =
      new Slices(
          new ConnectionSpans(
              new SpanSink(export, new CollectedSpans(printed), epoch),
              new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE)),
          MINUTE,
          epoch::offsetNs,
          new SplittableRandom(2));
  private final Pairing pairing = new Pairing(slices);
  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              new FakeEnricher(),
              Contributors.NONE,
              new Resources(Attributes.empty()),
              WorkloadTable.Completion::run),
          pairing,
          new SplittableRandom(1),
          1_000_000);
  private final FakeKernel kernel = new FakeKernel(new EventDecoder(tracker));
  private final List<Side> open = new ArrayList<>();

  private final class Export implements SpanExport {
    private int room = Integer.MAX_VALUE;

    @Override
    public boolean exportsSpans() {
      return true;
    }

    @Override
    public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
      return true;
    }

    @Override
    public SpanLimits limits() {
      return SpanLimits.getDefault();
    }

    @Override
    public void offer(NetworkSpan span) {
      exported.add(span);
      room--;
    }

    @Override
    public boolean hasRoom() {
      return room > 0;
    }
  }

  /** An open socket, and what it has sent. */
  private static final class Side {
    final FakeSocket socket;
    final FakeProcess owner;
    long sent;
    int quietJiffies = 1_000_000;

    Side(FakeSocket socket, FakeProcess owner) {
      this.socket = socket;
      this.owner = owner;
    }
  }

  @BeforeEach
  void announce() {
    pairing.releaseTo(tracker::release);
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
    passWith(Provenance.BACKFILLED);
  }

  private Side client(int isn) {
    FakeSocket socket = kernel.client(0x10_0000 + isn).isns(isn, ~isn);
    socket.open(FakeProcess.CURL);
    socket.established();
    Side side = new Side(socket, FakeProcess.CURL);
    open.add(side);
    return side;
  }

  private Side server(int isn) {
    FakeSocket socket = kernel.server(0x20_0000 + isn).isns(isn, ~isn);
    socket.established();
    Side side = new Side(socket, FakeProcess.NGINX_WORKER);
    open.add(side);
    return side;
  }

  private void pass() {
    passWith(Provenance.INFERRED);
  }

  private void passWith(Provenance ofNew) {
    tracker.reconciler().begin(kernel.nowNs(), ofNew);
    for (Side side : open) {
      side.socket.found(
          side.owner,
          TCP_ESTABLISHED,
          record ->
              side.socket
                  .sent(record, side.sent)
                  .with("bytes_received", 0)
                  .with("jiffies", kernel.nowNs() / 4_000_000)
                  .with("quiet_jiffies", side.quietJiffies));
    }
    tracker.reconciler().finish(kernel.nowNs());
  }

  private void close(Side side) {
    open.remove(side);
    if (side.owner.equals(FakeProcess.CURL)) {
      side.socket.closesFirst(side.owner);
    } else {
      side.socket.closesLast(side.owner);
    }
    side.socket.close(
        side.owner.equals(FakeProcess.CURL) ? 5 : 9,
        0,
        record ->
            record
                .with("bytes_sent", side.sent)
                .with("bytes_acked", side.sent + (side.owner.equals(FakeProcess.CURL) ? 2 : 1))
                .with("bytes_retrans", 0)
                .with("total_retrans", 0)
                .with("bytes_received", 0)
                .with("fin_received", 0)
                .with("fin_sent", 1));
  }

  /** Waits until this many seconds after the start of an interval, 0 being the first. */
  private void until(int interval, double seconds) {
    long then = (long) ((interval * 60 + seconds) * SECOND);
    kernel.passes(then - kernel.nowNs());
    tracker.tellEnds(kernel.nowNs());
  }

  private void setWallClock(long forwardNs) {
    offset += forwardNs;
    epoch.measure();
  }

  private void cut(int interval) {
    until(interval, 0.02);
    pass();
  }

  private static String trace(long number) {
    return TraceId.fromLongs(
        ConnectionIdentity.traceIdHigh(number), ConnectionIdentity.traceIdLow(number));
  }

  private static long pair(int isn) {
    return (long) isn << 32 | Integer.toUnsignedLong(~isn);
  }

  private static long number(NetworkSpan span, String attribute) {
    Long value = span.getAttributes().get(longKey(attribute));
    return value == null ? -1 : value;
  }

  private static String text(NetworkSpan span, String attribute) {
    String value = span.getAttributes().get(stringKey(attribute));
    return value == null ? "-" : value;
  }

  /** Number, bytes, seconds since the first interval, and how it ended or in which state it is. */
  private String describe(NetworkSpan span) {
    return number(span, "netspan.slice")
        + " "
        + number(span, "netspan.bytes.sent")
        + " of "
        + number(span, "netspan.connection.bytes.sent")
        + " "
        + second(span.getStartEpochNanos())
        + "-"
        + second(span.getEndEpochNanos())
        + " "
        + text(span, "netspan.close.reason")
        + " "
        + text(span, "network.connection.state");
  }

  private static long second(long epochNs) {
    return Math.round((epochNs - INTERVAL * MINUTE) / (double) SECOND);
  }

  private List<String> described() {
    return exported.stream().map(this::describe).toList();
  }

  @Test
  void aUsedConnectionIsCutAtEachMinute() {
    Side client = client(7);
    client.sent = 100;
    cut(1);
    until(1, 3);
    client.sent = 250;
    cut(2);
    until(2, 30);
    client.sent = 251;
    close(client);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (INTERVAL + 1) + " 150 of 250 60-120 - established",
            (INTERVAL + 2) + " 1 of 251 120-150 local_fin -");
    assertThat(exported)
        .extracting(span -> span.getSpanContext().getTraceId())
        .containsExactly(
            trace(pair(7)),
            trace(ConnectionIdentity.slice(pair(7), INTERVAL + 1)),
            trace(ConnectionIdentity.slice(pair(7), INTERVAL + 2)));
    assertThat(exported).extracting(span -> span.getLinks().size()).containsExactly(0, 1, 1);
    assertThat(exported.getLast().getLinks().getFirst().getSpanContext().getTraceId())
        .isEqualTo(trace(pair(7)));
    assertThat(exported).extracting(span -> span.getEvents().size()).containsExactly(1, 0, 0);
  }

  @Test
  void oneLineIsPrintedForAllSlices() {
    Side client = client(7);
    client.sent = 100;
    cut(1);
    until(1, 3);
    client.sent = 250;
    close(client);

    assertThat(exported).hasSize(2);
    assertThat(printed).hasSize(1);
    assertThat(describe(printed.getFirst())).isEqualTo("-1 250 of -1 5-63 local_fin -");
    assertThat(printed.getFirst().getSpanContext().getTraceId()).isEqualTo(trace(pair(7)));
  }

  @Test
  void anUnusedIntervalGivesNoSlice() {
    Side client = client(7);
    client.sent = 100;
    cut(1);
    until(1, 3);
    cut(2);
    until(2, 3);
    cut(3);
    until(3, 3);
    client.sent = 101;
    close(client);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established", (INTERVAL + 3) + " 1 of 101 180-183 local_fin -");
  }

  /** The other end, on a machine whose clock is behind, sees that payload after the cut. */
  @Test
  void payloadJustBeforeACutCountsForTheNextSliceToo() {
    Side client = client(7);
    client.sent = 100;
    until(0, 40);
    pass();
    cut(1);
    until(1, 3);
    client.quietJiffies = (int) (61.5 * 250); // 1.5 s before the cut
    cut(2);
    until(2, 3);
    client.quietJiffies = (int) (121.5 * 250);
    cut(3);
    until(3, 3);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established", (INTERVAL + 1) + " 0 of 100 60-120 - established");
  }

  @Test
  void aYoungConnectionIsNotCut() {
    until(0, 50.1);
    Side client = client(7);
    client.sent = 100;
    cut(1);
    until(1, 59);
    close(client);

    assertThat(described()).containsExactly("-1 100 of -1 50-119 local_fin -");
    assertThat(exported).hasSize(1);
  }

  @Test
  void aConnectionThatEndsSoonAfterACutIsNotCut() {
    Side client = client(7);
    client.sent = 100;
    cut(1);
    until(1, 0.9);
    client.sent = 103;
    close(client);
    Side idle = client(8);
    cut(2);
    until(2, 3);
    cut(3);
    until(3, 0.9);
    close(idle);

    assertThat(described())
        .containsExactly(
            "-1 103 of 103 5-61 local_fin -", (INTERVAL + 2) + " 0 of 0 120-181 local_fin -");
  }

  @Test
  void slicesAreHeldForOneToTwoSeconds() {
    for (int i = 1; i <= 1_000; i++) {
      client(i).sent = i;
    }
    cut(1);
    until(1, 0.99);
    assertThat(exported).isEmpty();
    assertThat(tracker.readDueNs()).isEqualTo(61 * SECOND);
    until(1, 1.5);
    assertThat(exported).hasSizeBetween(400, 600);
    until(1, 2);
    assertThat(exported).hasSize(1_000);
    assertThat(exported)
        .extracting(span -> span.getSpanContext().getTraceId().substring(0, 1))
        .isSorted();
    assertThat(tracker.readDueNs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theNextPassIsDueAtTheNextCut() {
    assertThat(tracker.passDueNs()).isEqualTo(MINUTE);
    cut(1);
    assertThat(tracker.passDueNs()).isEqualTo(2 * MINUTE);
    setWallClock(7 * SECOND);
    assertThat(tracker.passDueNs()).isEqualTo(2 * MINUTE - 7 * SECOND);
  }

  @Test
  void slicesWaitForRoom() {
    for (int i = 1; i <= 100; i++) {
      client(i).sent = i;
    }
    export.room = 10;
    cut(1);
    until(1, 3);
    assertThat(exported).hasSize(10);
    export.room = 30;
    until(1, 4);
    assertThat(exported).hasSize(40);
    until(1, 11);
    assertThat(exported).as("after 10 s they go, room or not").hasSize(100);
  }

  @Test
  void whatCouldNotBeReportedUntilTheNextCutGoesOn() {
    Side client = client(7);
    client.sent = 100;
    cut(1); // The thread has no time until the next cut.
    kernel.passes(2 * MINUTE - kernel.nowNs() + 1);
    client.sent = 250;
    pass();
    until(2, 3);

    assertThat(described()).containsExactly("-1 250 of 250 5-120 - established");
  }

  @Test
  void bothSidesAreSlicedOrNone() {
    Side client = client(7);
    Side server = server(7);
    client.sent = 100;
    cut(1);
    until(1, 3);
    assertThat(described())
        .containsExactly("-1 100 of 100 5-60 - established", "-1 0 of 0 5-60 - established");
    NetworkSpan parent = exported.getFirst();
    NetworkSpan child = exported.getLast();
    assertThat(child.getSpanContext().getTraceId()).isEqualTo(parent.getSpanContext().getTraceId());
    assertThat(child.getParentSpanContext().getSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId());
    assertThat(text(child, "service.peer.name")).isEqualTo("curl");

    exported.clear();
    server.sent = 5;
    cut(2);
    until(2, 3);
    assertThat(exported).hasSize(2);
    parent = exported.getFirst();
    child = exported.getLast();
    assertThat(child.getParentSpanContext().getSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId())
        .isEqualTo(
            SpanId.fromLong(
                ConnectionIdentity.clientSpanId(ConnectionIdentity.slice(pair(7), INTERVAL + 1))));
    assertThat(child.getSpanContext().getTraceId()).isEqualTo(parent.getSpanContext().getTraceId());
  }

  @Test
  void whenOneSideEndsSoonAfterACutTheOtherIsNotCutEither() {
    Side client = client(7);
    Side server = server(7);
    client.sent = 100;
    cut(1);
    until(1, 0.5);
    close(client);
    until(1, 1.6); // The client has been reported alone.
    until(1, 30);
    server.sent = 3;
    cut(2);
    until(2, 3);
    close(server);

    assertThat(described())
        .containsExactly("-1 100 of 100 5-61 local_fin -", "-1 3 of 3 5-123 remote_fin -");
    assertThat(new TreeSet<>(exported.stream().map(NetworkSpan::getTraceId).toList())).hasSize(1);
  }

  @Test
  void whatWasFoundOpenIsSlicedFromThenOn() {
    FakeSocket socket = kernel.client(0xc).isns(7, ~7);
    Side client = new Side(socket, FakeProcess.CURL);
    client.sent = 1_000_000;
    open.add(client);
    until(0, 55);
    passWith(Provenance.BACKFILLED);
    client.sent += 100;
    cut(1);
    until(1, 3);
    client.sent += 7;
    close(client);

    assertThat(described())
        .containsExactly(
            INTERVAL + " 100 of 1000100 55-60 - established",
            (INTERVAL + 1) + " 7 of 1000107 60-63 local_fin -");
    assertThat(exported.getFirst().getTraceId())
        .isEqualTo(trace(ConnectionIdentity.slice(pair(7), INTERVAL)));
    assertThat(describe(printed.getFirst())).isEqualTo("-1 1000107 of -1 55-63 local_fin -");
  }

  @Test
  void afterAStepBackOfTheClockNoIntervalIsReportedTwice() {
    Side client = client(7);
    client.sent = 100;
    cut(1);
    until(1, 3);
    client.sent = 200;
    cut(2);
    until(2, 3);
    setWallClock(-2 * MINUTE); // The next three cuts have happened before.
    for (int i = 3; i <= 5; i++) {
      client.sent += 10;
      cut(i);
      until(i, 3);
    }
    Side later = client(8);
    later.sent = 1;
    cut(6);
    until(6, 3);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (INTERVAL + 1) + " 100 of 200 60-120 - established",
            (INTERVAL + 2) + " 30 of 230 120-180 - established",
            "-1 1 of 1 183-240 - established");
    assertThat(new TreeSet<>(exported.stream().map(NetworkSpan::getTraceId).toList())).hasSize(4);
  }

  @Test
  void anAgentThatStopsReportsNoOpenSlice() {
    client(7).sent = 100;
    cut(1);
    tracker.tellEnds(Long.MAX_VALUE);

    assertThat(exported).isEmpty();
  }

  @Test
  void whatIsReportedAddsUpToWhatMoved() {
    SplittableRandom random = new SplittableRandom(42);
    List<Side> sides = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      sides.add(client(i));
      sides.add(server(i));
    }
    for (int minute = 1; minute <= 20; minute++) {
      for (Side side : sides) {
        side.sent += open.contains(side) && random.nextInt(4) == 0 ? random.nextInt(1_000) : 0;
      }
      cut(minute);
      for (int i = 0; i < 3; i++) {
        until(minute, i + random.nextDouble());
        Side side = sides.get(random.nextInt(sides.size()));
        if (open.contains(side)) {
          side.sent += 13;
          close(side);
        }
      }
      until(minute, 30);
    }
    List.copyOf(open).forEach(this::close);
    tracker.tellEnds(kernel.nowNs() + 2 * SECOND);

    assertThat(exported.stream().mapToLong(span -> number(span, "netspan.bytes.sent")).sum())
        .isEqualTo(sides.stream().mapToLong(side -> side.sent).sum())
        .isPositive();
    assertThat(exported.stream().map(NetworkSpan::getSpanContext).distinct())
        .as("no id twice")
        .hasSize(exported.size());
    assertThat(printed).hasSize(200);
  }
}
