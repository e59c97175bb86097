package io.netspan.receiver.slice;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.tcp.ConnectionIdentity;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.sdk.trace.data.LinkData;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A connection between two hosts, of which at least one agent starts when it is open: which spans
 * of the two ends belong together.
 */
final class FoundOpenOnTwoHostsTest {
  private static final int ISN = 7;
  private static final long PAIR = (long) ISN << 32 | Integer.toUnsignedLong(~ISN);
  private static final int LAST_CUT = 4;

  private final SlicedHost clients = new SlicedHost(0);
  private final SlicedHost servers = new SlicedHost(0);
  private SlicedHost.Side client;
  private SlicedHost.Side server;

  @BeforeEach
  void connect() {
    client = clients.foundClient(ISN);
    server = servers.foundServer(ISN);
  }

  private static String ownTrace() {
    return trace(PAIR);
  }

  private static String slice(int interval) {
    return trace(ConnectionIdentity.slice(PAIR, SlicedHost.INTERVAL + interval));
  }

  private static String trace(long number) {
    return TraceId.fromLongs(
        ConnectionIdentity.traceIdHigh(number), ConnectionIdentity.traceIdLow(number));
  }

  private static void find(SlicedHost host, int interval, double seconds) {
    host.until(interval, seconds);
    host.passWith(Provenance.BACKFILLED);
  }

  private void send(int interval, double seconds) {
    clients.until(interval, seconds);
    servers.until(interval, seconds);
    for (SlicedHost.Side side : List.of(client, server)) {
      side.sent += 100;
    }
    client.sentAtNs = clients.kernel.nowNs();
    server.sentAtNs = servers.kernel.nowNs();
  }

  private void cut(int interval) {
    clients.cut(interval);
    servers.cut(interval);
    clients.until(interval, 3);
    servers.until(interval, 3);
  }

  private void close() {
    clients.close(client);
    servers.close(server);
  }

  private static List<String> traces(SlicedHost host) {
    return host.exported.stream().map(NetworkSpan::getTraceId).toList();
  }

  private static NetworkSpan span(SlicedHost host, String trace) {
    return host.exported.stream()
        .filter(span -> span.getTraceId().equals(trace))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> linked(NetworkSpan span) {
    return span.getLinks().stream()
        .map(LinkData::getSpanContext)
        .map(to -> to.getTraceId())
        .toList();
  }

  /**
   * Both halves of a slice have the same trace and link, and the server's has the client's as
   * parent.
   */
  private void assertTogether(String trace) {
    NetworkSpan parent = span(clients, trace);
    NetworkSpan child = span(servers, trace);
    assertThat(child.getParentSpanContext().getSpanId())
        .isEqualTo(parent.getSpanContext().getSpanId());
    assertThat(linked(child)).isEqualTo(linked(parent)).containsExactly(ownTrace());
  }

  /** In interval 2, it is used only before the second agent starts. */
  @Test
  void bothEndsAgreeFromTheIntervalInWhichTheSecondAgentFindsIt() {
    find(clients, 0, 50);
    for (int interval = 0; interval < LAST_CUT; interval++) {
      send(interval, 55 - 20 * interval / 2);
      if (interval == 2) {
        find(servers, 2, 50);
      }
      clients.cut(interval + 1);
      clients.until(interval + 1, 3);
      if (interval >= 2) {
        servers.cut(interval + 1);
        servers.until(interval + 1, 3);
      }
    }
    send(LAST_CUT, 10);
    close();

    assertThat(traces(clients)).containsExactly(slice(0), slice(1), slice(2), slice(3), slice(4));
    assertThat(traces(servers)).containsExactly(slice(2), slice(3), slice(4));
    for (int interval = 2; interval <= LAST_CUT; interval++) {
      assertTogether(slice(interval));
    }
  }

  /** Where the agent that saw it begin does not cut it yet, the ends agree one interval later. */
  @ParameterizedTest
  @CsvSource({"40, 1", "55, 2"})
  void withAnAgentThatSawItBeginTheOtherAgreesFromTheFirstCommonCut(double began, int from) {
    clients.open.remove(client);
    clients.until(0, began);
    client = clients.client(ISN);
    find(servers, 0, 57);
    for (int interval = 0; interval < LAST_CUT; interval++) {
      send(interval, 58);
      cut(interval + 1);
    }
    send(LAST_CUT, 10);
    close();

    assertThat(traces(clients)).startsWith(ownTrace()).hasSize(LAST_CUT + 2 - from);
    assertThat(traces(servers)).containsExactly(slice(0), slice(1), slice(2), slice(3), slice(4));
    for (int interval = from; interval <= LAST_CUT; interval++) {
      assertTogether(slice(interval));
    }
    assertThat(servers.exported)
        .extracting(FoundOpenOnTwoHostsTest::linked)
        .containsOnly(List.of(ownTrace()));
  }

  /** The span that was found leads to the one with the connection's own ids. */
  @Test
  void aConnectionThatEndsBeforeACutIsTwoTracesIfOneAgentSawItBegin() {
    clients.open.remove(client);
    clients.until(0, 40);
    client = clients.client(ISN);
    find(servers, 0, 50);
    send(0, 51);
    close();

    assertThat(traces(clients)).containsExactly(ownTrace());
    assertThat(traces(servers)).containsExactly(slice(0));
    assertThat(linked(servers.exported.getFirst())).containsExactly(ownTrace());
  }
}
