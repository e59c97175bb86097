package io.netspan.receiver.slice;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.tcp.ConnectionIdentity;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class SlicesTest {
  private final SlicedHost host = new SlicedHost(0);

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
    return Math.round(
        (epochNs - SlicedHost.INTERVAL * SlicedHost.MINUTE) / (double) SlicedHost.SECOND);
  }

  private List<String> described() {
    return host.exported.stream().map(this::describe).toList();
  }

  @Test
  void aUsedConnectionIsCutAtEachMinute() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 3);
    client.sent = 250;
    host.cut(2);
    host.until(2, 30);
    client.sent = 251;
    host.close(client);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (SlicedHost.INTERVAL + 1) + " 150 of 250 60-120 - established",
            (SlicedHost.INTERVAL + 2) + " 1 of 251 120-150 local_fin -");
    assertThat(host.exported)
        .extracting(span -> span.getSpanContext().getTraceId())
        .containsExactly(
            trace(pair(7)),
            trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL + 1)),
            trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL + 2)));
    assertThat(host.exported).extracting(span -> span.getLinks().size()).containsExactly(0, 1, 1);
    assertThat(host.exported.getLast().getLinks().getFirst().getSpanContext().getTraceId())
        .isEqualTo(trace(pair(7)));
    assertThat(host.exported).extracting(span -> span.getEvents().size()).containsExactly(1, 0, 0);
  }

  @Test
  void oneLineIsPrintedForAllSlices() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 3);
    client.sent = 250;
    host.close(client);

    assertThat(host.exported).hasSize(2);
    assertThat(host.printed).hasSize(1);
    assertThat(describe(host.printed.getFirst())).isEqualTo("-1 250 of -1 5-63 local_fin -");
    assertThat(host.printed.getFirst().getSpanContext().getTraceId()).isEqualTo(trace(pair(7)));
  }

  @Test
  void anUnusedIntervalGivesNoSlice() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 3);
    host.cut(2);
    host.until(2, 3);
    host.cut(3);
    host.until(3, 3);
    client.sent = 101;
    host.close(client);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (SlicedHost.INTERVAL + 3) + " 1 of 101 180-183 local_fin -");
  }

  /** The other end, on a machine whose clock is behind, sees that payload after the cut. */
  @Test
  void payloadJustBeforeACutCountsForTheNextSliceToo() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.until(0, 40);
    host.pass();
    host.cut(1);
    host.until(1, 3);
    client.quietJiffies = (int) (61.5 * 250); // 1.5 s before the cut
    host.cut(2);
    host.until(2, 3);
    client.quietJiffies = (int) (121.5 * 250);
    host.cut(3);
    host.until(3, 3);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (SlicedHost.INTERVAL + 1) + " 0 of 100 60-120 - established");
  }

  @Test
  void aConnectionThatWasNeverUsedHasOneSpanOfItsWholeLife() {
    SlicedHost.Side client = host.client(7);
    host.cut(1);
    host.until(1, 3);
    host.cut(2);
    host.until(2, 30);
    host.close(client);

    assertThat(described())
        .containsExactly((SlicedHost.INTERVAL + 2) + " 0 of 0 5-150 local_fin -");
    assertThat(host.exported.getFirst().getEvents()).hasSize(1);
    assertThat(host.exported.getFirst().getLinks()).as("nothing to link to").isEmpty();
  }

  @Test
  void aYoungConnectionIsNotCut() {
    host.until(0, 50.1);
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 59);
    host.close(client);

    assertThat(described()).containsExactly("-1 100 of -1 50-119 local_fin -");
    assertThat(host.exported).hasSize(1);
  }

  @Test
  void aConnectionThatEndsSoonAfterACutIsNotCut() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 0.9);
    client.sent = 103;
    host.close(client);
    SlicedHost.Side idle = host.client(8);
    host.cut(2);
    host.until(2, 3);
    host.cut(3);
    host.until(3, 0.9);
    host.close(idle);

    assertThat(described())
        .containsExactly(
            "-1 103 of 103 5-61 local_fin -",
            (SlicedHost.INTERVAL + 2) + " 0 of 0 61-181 local_fin -");
  }

  @Test
  void slicesAreHeldForOneToTwoSeconds() {
    for (int i = 1; i <= 1_000; i++) {
      host.client(i).sent = i;
    }
    host.cut(1);
    host.until(1, 0.99);
    assertThat(host.exported).isEmpty();
    assertThat(host.tracker.readDueNs()).isEqualTo(61 * SlicedHost.SECOND);
    host.until(1, 1.5);
    assertThat(host.exported).hasSizeBetween(400, 600);
    host.until(1, 2);
    assertThat(host.exported).hasSize(1_000);
    assertThat(host.exported)
        .extracting(span -> span.getSpanContext().getTraceId().substring(0, 1))
        .isSorted();
    assertThat(host.tracker.readDueNs()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theNextPassIsDueAtTheNextCut() {
    assertThat(host.tracker.passDueNs()).isEqualTo(SlicedHost.MINUTE);
    host.cut(1);
    assertThat(host.tracker.passDueNs()).isEqualTo(2 * SlicedHost.MINUTE);
    host.setWallClock(7 * SlicedHost.SECOND);
    assertThat(host.tracker.passDueNs()).isEqualTo(2 * SlicedHost.MINUTE - 7 * SlicedHost.SECOND);
  }

  @Test
  void slicesWaitForRoom() {
    for (int i = 1; i <= 100; i++) {
      host.client(i).sent = i;
    }
    host.export.room = 10;
    host.cut(1);
    host.until(1, 3);
    assertThat(host.exported).hasSize(10);
    host.export.room = 30;
    host.until(1, 4);
    assertThat(host.exported).hasSize(40);
    host.until(1, 11);
    assertThat(host.exported).as("after 10 s they go, room or not").hasSize(100);
  }

  @Test
  void whatCouldNotBeReportedUntilTheNextCutGoesOn() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1); // The thread has no time until the next cut.
    host.kernel.passes(2 * SlicedHost.MINUTE - host.kernel.nowNs() + 1);
    client.sent = 250;
    host.pass();
    host.until(2, 3);

    assertThat(described()).containsExactly("-1 250 of 250 5-120 - established");
  }

  @Test
  void bothSidesAreSlicedOrNone() {
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 3);
    assertThat(described())
        .containsExactly("-1 100 of 100 5-60 - established", "-1 0 of 0 5-60 - established");
    NetworkSpan parent = host.exported.getFirst();
    NetworkSpan child = host.exported.getLast();
    assertThat(child.getSpanContext().getTraceId()).isEqualTo(parent.getSpanContext().getTraceId());
    assertThat(child.getParentSpanContext().getSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId());
    assertThat(text(child, "service.peer.name")).isEqualTo("curl");

    host.exported.clear();
    server.sent = 5;
    host.cut(2);
    host.until(2, 3);
    assertThat(host.exported).hasSize(2);
    parent = host.exported.getFirst();
    child = host.exported.getLast();
    assertThat(child.getParentSpanContext().getSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId())
        .isEqualTo(
            SpanId.fromLong(
                ConnectionIdentity.clientSpanId(
                    ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL + 1))));
    assertThat(child.getSpanContext().getTraceId()).isEqualTo(parent.getSpanContext().getTraceId());
  }

  /** The cut at the end of an idle interval holds for both sides, whichever is used next. */
  @Test
  void bothSidesGoOnTogetherAfterAnIdleInterval() {
    for (int isn = 7; isn <= 8; isn++) {
      SlicedHost.Side client = host.client(isn);
      SlicedHost.Side server = host.server(isn);
      client.sent = 100;
      host.cut(3 * isn - 20);
      host.until(3 * isn - 20, 3);
      host.cut(3 * isn - 19);
      host.until(3 * isn - 19, 30);
      (isn == 7 ? client : server).sent += 5;
      host.cut(3 * isn - 18);
      host.until(3 * isn - 18, 3);
    }

    assertThat(described()).hasSize(8);
    for (int i = 0; i < exported().size(); i += 2) {
      assertThat(exported().get(i).getTraceId()).isEqualTo(exported().get(i + 1).getTraceId());
      assertThat(number(exported().get(i), "netspan.slice"))
          .isEqualTo(number(exported().get(i + 1), "netspan.slice"));
    }
  }

  private List<NetworkSpan> exported() {
    return host.exported;
  }

  @Test
  void whenOneSideEndsSoonAfterACutTheOtherIsNotCutEither() {
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 0.5);
    host.close(client);
    host.until(1, 1.6); // The client has been reported alone.
    host.until(1, 30);
    server.sent = 3;
    host.cut(2);
    host.until(2, 3);
    host.close(server);

    assertThat(described())
        .containsExactly("-1 100 of 100 5-61 local_fin -", "-1 3 of 3 5-123 remote_fin -");
    assertThat(new TreeSet<>(host.exported.stream().map(NetworkSpan::getTraceId).toList()))
        .hasSize(1);
  }

  @Test
  void whatWasFoundOpenIsSlicedFromThenOn() {
    FakeSocket socket = host.kernel.client(0xc).isns(7, ~7);
    SlicedHost.Side client = new SlicedHost.Side(socket, FakeProcess.CURL);
    client.sent = 1_000_000;
    host.open.add(client);
    host.until(0, 55);
    host.passWith(Provenance.BACKFILLED);
    client.sent += 100;
    host.cut(1);
    host.until(1, 3);
    client.sent += 7;
    host.close(client);

    assertThat(described())
        .containsExactly(
            SlicedHost.INTERVAL + " 100 of 1000100 55-60 - established",
            (SlicedHost.INTERVAL + 1) + " 7 of 1000107 60-63 local_fin -");
    assertThat(host.exported.getFirst().getTraceId())
        .isEqualTo(trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL)));
    assertThat(host.exported)
        .as("to the ids that the other end's span has, if its agent saw the beginning")
        .allSatisfy(
            span ->
                assertThat(span.getLinks())
                    .extracting(link -> link.getSpanContext().getTraceId())
                    .containsExactly(trace(pair(7))));
    assertThat(describe(host.printed.getFirst())).isEqualTo("-1 1000107 of -1 55-63 local_fin -");
  }

  /** No process has a descriptor of the server's socket until it is accepted. */
  @Test
  void aServerThatWaitedToBeAcceptedAtTheStartHasTheSlicesOfItsClient() {
    host.until(0, 50);
    SlicedHost.Side client = host.foundClient(7);
    host.passWith(Provenance.BACKFILLED);
    host.until(0, 55);
    SlicedHost.Side server = host.foundServer(7);
    client.sent = 100;
    host.pass();
    host.cut(1);
    host.until(1, 3);
    client.sent = 200;
    host.pass();
    host.close(client);
    host.close(server);

    assertThat(host.exported).hasSize(4);
    assertThat(host.exported)
        .extracting(span -> span.getKind() + " " + span.getTraceId())
        .containsExactlyInAnyOrder(
            "CLIENT " + trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL)),
            "SERVER " + trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL)),
            "CLIENT " + trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL + 1)),
            "SERVER " + trace(ConnectionIdentity.slice(pair(7), SlicedHost.INTERVAL + 1)));
  }

  @Test
  void afterAStepBackOfTheClockNoIntervalIsReportedTwice() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 3);
    client.sent = 200;
    host.cut(2);
    host.until(2, 3);
    host.setWallClock(-2 * SlicedHost.MINUTE); // The next three cuts have happened before.
    for (int i = 3; i <= 5; i++) {
      client.sent += 10;
      host.cut(i);
      host.until(i, 3);
    }
    SlicedHost.Side later = host.client(8);
    later.sent = 1;
    host.cut(6);
    host.until(6, 3);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (SlicedHost.INTERVAL + 1) + " 100 of 200 60-120 - established",
            (SlicedHost.INTERVAL + 2) + " 30 of 230 0-180 - established",
            "-1 1 of 1 183-240 - established");
    assertThat(new TreeSet<>(host.exported.stream().map(NetworkSpan::getTraceId).toList()))
        .hasSize(4);
  }

  @Test
  void aStepOfTheClockDoesNotChangeTheLengthOfASlice() {
    SlicedHost.Side client = host.client(7);
    client.sent = 100;
    host.cut(1);
    host.until(1, 0.5);
    host.setWallClock(-30 * SlicedHost.MINUTE);
    host.until(1, 3);
    client.sent = 200;
    host.until(1, 30);
    host.close(client);

    assertThat(described())
        .containsExactly(
            "-1 100 of 100 5-60 - established",
            (SlicedHost.INTERVAL + 1) + " 100 of 200 -1740--1710 local_fin -");
  }

  @Test
  void anAgentThatStopsReportsNoOpenSlice() {
    host.client(7).sent = 100;
    host.cut(1);
    host.tracker.reportEnds(Long.MAX_VALUE);

    assertThat(host.exported).isEmpty();
  }

  @Test
  void whatIsReportedAddsUpToWhatMoved() {
    SplittableRandom random = new SplittableRandom(42);
    List<SlicedHost.Side> sides = new ArrayList<>();
    for (int i = 1; i <= 100; i++) {
      sides.add(host.client(i));
      sides.add(host.server(i));
    }
    for (int minute = 1; minute <= 20; minute++) {
      for (SlicedHost.Side side : sides) {
        side.sent += host.open.contains(side) && random.nextInt(4) == 0 ? random.nextInt(1_000) : 0;
      }
      host.cut(minute);
      for (int i = 0; i < 3; i++) {
        host.until(minute, i + random.nextDouble());
        SlicedHost.Side side = sides.get(random.nextInt(sides.size()));
        if (host.open.contains(side)) {
          side.sent += 13;
          host.close(side);
        }
      }
      host.until(minute, 30);
    }
    List.copyOf(host.open).forEach(host::close);
    host.tracker.reportEnds(host.kernel.nowNs() + 2 * SlicedHost.SECOND);

    assertThat(host.exported.stream().mapToLong(span -> number(span, "netspan.bytes.sent")).sum())
        .isEqualTo(sides.stream().mapToLong(side -> side.sent).sum())
        .isPositive();
    assertThat(host.exported.stream().map(NetworkSpan::getSpanContext).distinct())
        .as("no id twice")
        .hasSize(host.exported.size());
    assertThat(host.printed).hasSize(200);
  }
}
