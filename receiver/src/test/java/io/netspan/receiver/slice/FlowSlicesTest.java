package io.netspan.receiver.slice;

import static io.netspan.receiver.wire.FakeFlows.BOUND;
import static io.netspan.receiver.wire.FakeFlows.CONNECTED;
import static io.netspan.receiver.wire.FakeFlows.OWN;
import static io.netspan.receiver.wire.FakeFlows.SENT_FIRST;
import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.KeepRule;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.telemetry.CollectedExport;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.FlowMetrics;
import io.netspan.receiver.telemetry.FlowSpans;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.udp.FlowTracker;
import io.netspan.receiver.wire.FakeFlows;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The wall clock is so that an interval begins each 60 s of CLOCK_BOOTTIME. */
final class FlowSlicesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MINUTE = 60 * SECOND;
  private static final long INTERVAL = 29_000_000;
  private static final long LATE = 1_000_000 * SECOND;

  private final List<NetworkSpan> exported = new ArrayList<>();
  private final List<NetworkSpan> printed = new ArrayList<>();
  private final CollectedExport export = new CollectedExport(exported, /* sampled= */ true);
  private long offset = INTERVAL * MINUTE;
  private final EpochOffset epoch = new EpochOffset(() -> LATE, () -> LATE + offset);
  private final Resources resources = new Resources(Attributes.empty());
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder().registerMetricReader(reader).build();
  private final FlowSlices slices =
      new FlowSlices(
          new FlowSpans(
              new FlowMetrics(meters.get("test"), resources.metrics()),
              new SpanSink(export, new CollectedSpans(printed), epoch),
              new Keep(List.of(new KeepRule.Failed()))),
          MINUTE,
          epoch::offsetNs);
  private final FakeFlows kernel = new FakeFlows();
  private final FlowTracker tracker =
      new FlowTracker(
          kernel,
          new WorkloadTable(
              new FakeEnricher().knows(1_001, 11, "dig").knows(2_002, 22, "unbound"),
              Contributors.NONE,
              resources,
              WorkloadTable.Completion::run),
          slices,
          10 * MINUTE);

  @AfterEach
  void close() {
    meters.close();
  }

  private FakeFlows.Entry client(long id, int port, long firstSecond) {
    return kernel
        .flow(id, id, firstSecond * SECOND)
        .peer("10.0.0.53", 53)
        .local("10.0.0.7", port)
        .with("tgid", 1_001)
        .with("start_time", 11)
        .with("flags", SENT_FIRST | CONNECTED)
        .counts(1, 0);
  }

  private FakeFlows.Entry server(long id, int port, long firstSecond) {
    return kernel
        .flow(id, id, firstSecond * SECOND)
        .peer("10.0.0.7", port)
        .local("10.0.0.53", 53)
        .with("tgid", 2_002)
        .with("start_time", 22)
        .with("flags", BOUND)
        .counts(0, 1);
  }

  private void pass(double second) {
    long now = (long) (second * SECOND);
    tracker.pass(now, now);
  }

  /** A pass at the cut, and one after the hold. */
  private void cut(int minute) {
    pass(minute * 60 + 0.01);
    pass(minute * 60 + 1.01);
  }

  private static long number(NetworkSpan span, String name) {
    Long value = span.getAttributes().get(longKey(name));
    return value == null ? -1 : value;
  }

  private static String describe(NetworkSpan span) {
    String end = span.getAttributes().get(stringKey("netspan.flow.end"));
    return "%s %d %d/%d of %d %d-%d %s"
        .formatted(
            span.getKind(),
            number(span, "netspan.slice"),
            number(span, "netspan.bytes.sent"),
            number(span, "netspan.flow.datagrams.sent"),
            number(span, "netspan.flow.bytes.sent"),
            (span.getStartEpochNanos() - INTERVAL * MINUTE) / SECOND,
            (span.getEndEpochNanos() - INTERVAL * MINUTE) / SECOND,
            end == null ? "-" : end);
  }

  private List<String> described() {
    return exported.stream().map(FlowSlicesTest::describe).toList();
  }

  @Test
  void aFlowThatGoesOnIsCutAtEachMinute() {
    FakeFlows.Entry flow = client(7, 40_001, 5);
    pass(6);
    flow.counts(4, 4).with("last_ns", 50 * SECOND);
    cut(1);
    flow.counts(9, 9).with("last_ns", 110 * SECOND);
    cut(2);
    flow.counts(10, 10).with("last_ns", 125 * SECOND);
    kernel.closes(7);
    pass(130);

    assertThat(described())
        .containsExactly(
            "CLIENT -1 40/4 of 40 5-60 -",
            "CLIENT " + (INTERVAL + 1) + " 50/5 of 90 60-120 -",
            "CLIENT " + (INTERVAL + 2) + " 10/1 of 100 120-125 closed");
    assertThat(exported)
        .extracting(span -> span.getSpanContext().getTraceId())
        .doesNotHaveDuplicates();
    assertThat(exported.getFirst().getLinks()).isEmpty();
    assertThat(exported.subList(1, 3))
        .allSatisfy(
            span ->
                assertThat(span.getLinks().getFirst().getSpanContext())
                    .isEqualTo(exported.getFirst().getSpanContext()));
    assertThat(printed).extracting(FlowSlicesTest::describe).hasSize(1);
    assertThat(describe(printed.getFirst())).isEqualTo("CLIENT -1 100/10 of -1 5-125 closed");
  }

  @Test
  void metricsCountASlicedFlowOnce() {
    FakeFlows.Entry flow = client(7, 40_001, 5);
    pass(6);
    flow.counts(4, 4);
    cut(1);
    flow.counts(9, 9);
    cut(2);
    tracker.stop();

    assertThat(exported).hasSize(3);
    assertThat(
            reader.collectAllMetrics().stream()
                .filter(metric -> metric.getName().equals("netspan.flow.datagrams"))
                .flatMap(metric -> metric.getLongSumData().getPoints().stream())
                .mapToLong(LongPointData::getValue)
                .sum())
        .isEqualTo(18);
  }

  @Test
  void aFlowThatIsYoungerThanTenSecondsIsNotCut() {
    pass(40);
    client(7, 40_001, 51);
    cut(1);
    tracker.stop();

    assertThat(described()).containsExactly("CLIENT -1 10/1 of -1 51-51 stopped");
  }

  @Test
  void anIntervalWithoutADatagramHasNoSlice() {
    FakeFlows.Entry flow = client(7, 40_001, 5);
    pass(6);
    cut(1);
    cut(2);
    cut(3);
    flow.counts(3, 0).with("last_ns", 200 * SECOND);
    cut(4);
    tracker.stop();

    assertThat(described())
        .containsExactly(
            "CLIENT -1 10/1 of 10 5-60 -",
            "CLIENT " + (INTERVAL + 3) + " 20/2 of 30 180-240 -",
            "CLIENT " + (INTERVAL + 4) + " 0/0 of 30 240-240 stopped");
  }

  @Test
  void aFlowThatEndsBeforeItsSliceIsReportedIsNotCut() {
    FakeFlows.Entry flow = client(7, 40_001, 5);
    pass(6);
    pass(60.01);
    flow.counts(2, 0).with("last_ns", 60 * SECOND + SECOND / 2);
    kernel.closes(7);
    pass(61.01);

    assertThat(described()).containsExactly("CLIENT -1 20/2 of -1 5-60 closed");
  }

  @Test
  void bothEndsAreCutEvenIfOnlyOneWasUsed() {
    client(7, 40_001, 5);
    FakeFlows.Entry server = server(8, 40_001, 5);
    pass(6);
    cut(1);
    server.counts(0, 5).with("last_ns", 100 * SECOND); // The client's datagrams were lost to us.
    cut(2);

    assertThat(described())
        .containsExactlyInAnyOrder(
            "CLIENT -1 10/1 of 10 5-60 -",
            "SERVER -1 0/0 of 0 5-60 -",
            "CLIENT " + (INTERVAL + 1) + " 0/0 of 10 60-120 -",
            "SERVER " + (INTERVAL + 1) + " 0/0 of 0 60-120 -");
  }

  @Test
  void ofTwoEndsNeitherIsCutIfOneIsTooYoung() {
    client(7, 40_001, 49);
    server(8, 40_001, 51);
    pass(55);
    cut(1);

    assertThat(exported).isEmpty();
  }

  @Test
  void ofTwoEndsNeitherIsCutIfOneEndsBeforeTheSlicesAreReported() {
    client(7, 40_001, 5);
    server(8, 40_001, 5);
    pass(6);
    pass(60.01);
    kernel.closes(7);
    pass(60.5);
    pass(61.01);
    assertThat(described()).containsExactly("CLIENT -1 10/1 of -1 5-5 closed");

    cut(2);
    assertThat(described()).hasSize(2).endsWith("SERVER -1 0/0 of 0 5-120 -");
  }

  @Test
  void theAgentsOwnFlowsAreNotCut() {
    client(7, 40_001, 5).with("flags", SENT_FIRST | OWN);
    server(8, 40_001, 5);
    pass(6);
    cut(1);

    assertThat(exported).isEmpty();
  }

  @Test
  void slicesWaitForRoomAtMostTenSeconds() {
    for (int i = 0; i < 5; i++) {
      client(10 + i, 40_000 + i, 5);
    }
    pass(6);
    export.room = 2;
    cut(1);
    assertThat(exported).hasSize(2);

    export.room = 1;
    pass(62);
    assertThat(exported).hasSize(3);
    pass(69);
    assertThat(exported).hasSize(3);
    pass(70.1);
    assertThat(exported).hasSize(5);
  }

  @Test
  void whatCouldNotBeReportedIsInTheNextSlice() {
    FakeFlows.Entry flow = client(7, 40_001, 5);
    pass(6);
    export.room = 0;
    cut(1);
    flow.counts(3, 0);
    pass(120.01);
    export.room = 1;
    pass(121.01);

    assertThat(described()).containsExactly("CLIENT -1 30/3 of 30 5-120 -");
  }

  @Test
  void noIntervalIsReportedTwiceWhenTheWallClockIsSetBack() {
    FakeFlows.Entry flow = client(7, 40_001, 5);
    pass(6);
    flow.counts(2, 0);
    cut(1);
    offset -= MINUTE;
    epoch.measure();
    pass(62);
    flow.counts(3, 0);
    cut(2); // It is 1:00 again.
    assertThat(exported).hasSize(1);

    flow.counts(4, 0);
    cut(3);
    assertThat(described()).hasSize(2);
    assertThat(number(exported.getLast(), "netspan.slice")).isEqualTo(INTERVAL + 1);
    assertThat(number(exported.getLast(), "netspan.bytes.sent")).isEqualTo(20);
    assertThat(exported.getLast().getLatencyNanos()).isEqualTo(2 * MINUTE);
  }

  @Test
  void anErrorIsInTheSliceInWhichTheCallFailed() {
    FakeFlows.Entry flow = client(7, 40_001, 5).with("errors", 1).with("error", 111);
    export.sampled = false;
    pass(6);
    cut(1);
    flow.counts(2, 0);
    cut(2);
    assertThat(exported).as("kept because of the error").hasSize(1);
    assertThat(exported.getFirst().error()).isEqualTo("connection_refused");

    export.sampled = true;
    flow.counts(3, 0);
    cut(3);
    assertThat(exported.getLast().error()).isEmpty();
  }

  @Test
  void theLongestResponseIsThatOfASliceOnlyIfItRose() {
    FakeFlows.Entry flow =
        client(7, 40_001, 5)
            .with("exchanges", 1)
            .with("exchange_sum_ns", 3_000_000)
            .with("exchange_max_ns", 3_000_000);
    pass(6);
    cut(1);
    flow.counts(2, 2).with("exchanges", 2).with("exchange_sum_ns", 5_000_000);
    cut(2);
    flow.counts(3, 3)
        .with("exchanges", 3)
        .with("exchange_sum_ns", 9_000_000)
        .with("exchange_max_ns", 4_000_000);
    cut(3);

    assertThat(exported)
        .extracting(span -> number(span, "netspan.flow.requests"))
        .containsExactly(1L, 1L, 1L);
    assertThat(exported)
        .extracting(
            span -> span.getAttributes().get(doubleKey("netspan.flow.response.duration.mean")))
        .containsExactly(0.003, 0.002, 0.004);
    assertThat(exported)
        .extracting(
            span -> span.getAttributes().get(doubleKey("netspan.flow.response.duration.max")))
        .containsExactly(0.003, null, 0.004);
  }

  @Test
  void aPassIsDueAtTheCutAndAfterTheHold() {
    assertThat(tracker.passDueNs()).isEqualTo(Long.MAX_VALUE);
    client(7, 40_001, 5);
    pass(6);
    assertThat(tracker.passDueNs()).isEqualTo(MINUTE);
    pass(60.01);
    assertThat(tracker.passDueNs()).isEqualTo(MINUTE + SECOND);
    pass(61.01);
    assertThat(tracker.passDueNs()).isEqualTo(2 * MINUTE);
  }
}
