package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NGINX_WORKER;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reports where events were lost, or where the agent started after the first of them. */
final class LostEventsTest {
  private static final String NOTHING = "nothing";

  private final TrackedHost host = new TrackedHost();
  private final FakeKernel kernel = host.kernel;

  /**
   * Every combination of lost events of a client that closes first: O open, E established, C
   * closing, X close; a dot is a lost event. Afterwards another socket is created at the same
   * address, which reveals a lost end.
   */
  @ParameterizedTest
  @CsvSource({
    "OECX, client live connect:1001 local_fin, true, true, true",
    ".ECX, client inferred close:1001 local_fin, true, true, true",
    "O.CX, client inferred connect:1001 local_fin, false, true, true",
    "OE.X, client live connect:1001 local_fin, true, true, true",
    "..CX, client inferred close:1001 local_fin, false, true, true",
    ".E.X, client inferred unknown:0 local_fin, true, true, true",
    "O..X, client inferred connect:1001 local_fin, false, true, true",
    "...X, client inferred unknown:0 local_fin, false, true, true",
    "OEC., client inferred connect:1001 unknown, true, true, false",
    ".EC., client inferred close:1001 unknown, true, true, false",
    "O.C., client inferred connect:1001 unknown, false, false, false",
    "OE.., client inferred connect:1001 unknown, true, true, false",
    "..C., nothing, false, false, false",
    ".E.., client inferred unknown:0 unknown, true, true, false",
    "O..., client inferred connect:1001 unknown, false, false, false",
    "...., nothing, false, false, false",
  })
  void aClientWithLostEventsIsReportedWithWhatIsKnown(
      String events, String expected, boolean established, boolean identified, boolean totals) {
    FakeSocket client = kernel.client(0xc);
    if (arrives(events, 'O')) {
      client.open(CURL);
    }
    if (arrives(events, 'E')) {
      client.established();
    }
    if (arrives(events, 'C')) {
      client.closesFirst(CURL);
    }
    if (arrives(events, 'X')) {
      client.close(TCP_FIN_WAIT2);
    }
    theNextSocketHere();

    assertReported(expected, established, identified, totals);
    assertThat(host.tracker.beginningUnseen())
        .isEqualTo(events.startsWith("..") && events.endsWith("X") ? 1 : 0);
    assertThat(host.tracker.endUnseen())
        .isEqualTo(!events.endsWith("X") && !events.equals("....") ? 1 : 0);
  }

  /** Of two consecutive server connections at one address only the closing events arrive. */
  @Test
  void aSecondClosingEventAtOneAddressIsOfAnotherConnection() {
    FakeSocket server = kernel.server(0xc);
    server.closesLast(NGINX_WORKER);
    server.closesLast(NGINX_WORKER);
    theNextSocketHere();

    assertThat(host.tracker.endUnseen()).isEqualTo(2);
    assertThat(host.tracker.stepsUnseen()).as("two steps of each connection").isEqualTo(4);
  }

  /** The same combinations of a server whose peer closes first; a server has no open event. */
  @ParameterizedTest
  @CsvSource({
    "ECX, server live close:2003 remote_fin, true, true, true",
    ".CX, server inferred close:2003 remote_fin, false, true, true",
    "E.X, server live listener:2001 remote_fin, true, true, true",
    "..X, server inferred listener:2001 remote_fin, false, true, true",
    "EC., server inferred close:2003 unknown, true, true, false",
    "E.., server inferred listener:2001 unknown, true, true, false",
    ".C., nothing, false, false, false",
    "..., nothing, false, false, false",
  })
  void aServerWithLostEventsIsReportedWithWhatIsKnown(
      String events, String expected, boolean established, boolean identified, boolean totals) {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    FakeSocket server = kernel.server(0xc);
    if (arrives(events, 'E')) {
      server.established();
    }
    if (arrives(events, 'C')) {
      server.closesLast(NGINX_WORKER);
    }
    if (arrives(events, 'X')) {
      server.close(TCP_LAST_ACK);
    }
    theNextSocketHere();

    assertReported(expected, established, identified, totals);
  }

  private static boolean arrives(String events, char which) {
    return events.indexOf(which) >= 0;
  }

  private void theNextSocketHere() {
    FakeSocket next = kernel.client(0xc).isns(7, 7);
    next.open(NGINX);
    next.established();
    next.closeBy(NGINX, TCP_ESTABLISHED);
  }

  private void assertReported(
      String expected, boolean established, boolean identified, boolean totals) {
    assertThat(host.closed().getLast()).isEqualTo("client live connect:2001 local_reset");
    assertThat(host.tracker.tracked()).isZero();
    if (expected.equals(NOTHING)) {
      assertThat(host.closed()).hasSize(1);
      return;
    }
    assertThat(host.closed()).hasSize(2).first().isEqualTo(expected);
    Connection c = host.seen.closed.getFirst();
    assertThat(c.establishedNs() != 0).as("established").isEqualTo(established);
    assertThat(c.identified()).as("identified").isEqualTo(identified);
    assertThat(c.totalsKnown()).as("totals").isEqualTo(totals);
    assertThat(c.openedNs())
        .as("time of the beginning")
        .isPositive()
        .isLessThanOrEqualTo(c.closedNs());
    if (identified) {
      assertThat(c.pair()).isEqualTo(0x11111111_22222222L);
    }
  }

  @Test
  void aClientWhoseOpenWasLostBeginsOneRoundTripBeforeItIsEstablished() {
    FakeSocket client = kernel.client(0xc).srtt(8 * 1_000);
    client.established();
    long established = kernel.nowNs();
    client.close(TCP_FIN_WAIT2);

    assertThat(host.onlyClosed().openedNs()).isEqualTo(established - 1_000_000);
    assertThat(host.onlyClosed().handshakeNs()).isEqualTo(1_000_000);
  }

  @Test
  void anOpenMuchOlderThanTheRoundTripTimeIsDisregardedOnceEventsMayBeMissing() {
    FakeSocket client = kernel.client(0xc).srtt(8 * 1_000);
    client.open(CURL);
    long open = kernel.nowNs();
    kernel.passes(50_000_000);
    host.tracker.eventsMayBeMissing(kernel.nowNs());
    client.established();
    long established = kernel.nowNs();
    client.close(TCP_FIN_WAIT2);

    assertThat(established - open).isGreaterThan(50_000_000);
    assertThat(host.onlyClosed().openedNs()).isEqualTo(established - 1_000_000);
    assertThat(host.onlyClosed().provenance()).isEqualTo(Provenance.INFERRED);
  }

  @Test
  void anOldOpenIsAcceptedWhileNoEventsAreMissing() {
    FakeSocket client = kernel.client(0xc).srtt(8 * 1_000);
    client.open(CURL);
    long open = kernel.nowNs();
    kernel.passes(50_000_000);
    client.established();
    client.close(TCP_FIN_WAIT2);

    assertThat(host.onlyClosed().openedNs()).isEqualTo(open);
    assertThat(host.onlyClosed().provenance()).isEqualTo(Provenance.LIVE);
  }

  @Test
  void aConnectionOfWhichOnlyTheEndWasSeenBeginsAtItsEnd() {
    kernel.client(0xc).close(TCP_FIN_WAIT2);

    assertThat(host.onlyClosed().openedNs()).isEqualTo(host.onlyClosed().closedNs());
    assertThat(host.onlyClosed().handshakeNs()).isZero();
  }

  @Test
  void aFailedConnectOfWhichOnlyTheEndWasSeenIsReported() {
    kernel.client(0xc).fails(111);

    assertThat(host.closed())
        .containsExactly("client inferred unknown:0 refused connection_refused");
    assertThat(host.onlyClosed().identified()).isFalse();
  }

  @Test
  void aLostEndIsReportedAtTheTimeOfTheNextSocketAtTheAddress() {
    FakeSocket client = kernel.client(0xc);
    client.open(CURL);
    client.established();
    kernel.passes(1_000_000_000L);
    client.open(NGINX); // The same socket address.

    assertThat(host.onlyClosed().closedNs()).isEqualTo(kernel.nowNs());
    assertThat(host.onlyClosed().error()).isEqualTo(ConnectionError.NONE);
  }

  // A socket address that is reused after a lost close event.

  @Test
  void aServerAtTheAddressOfAClientEndsTheClient() {
    FakeSocket client = kernel.client(0xc);
    client.open(CURL);
    FakeSocket server = kernel.server(0xc).isns(7, 8);
    server.established();
    server.closesLast(NGINX_WORKER);
    server.close(TCP_LAST_ACK);

    assertThat(host.closed())
        .containsExactly(
            "client inferred connect:1001 unknown", "server live close:2003 remote_fin");
    assertThat(host.seen.closed.getLast().pair()).isEqualTo(0x7_00000008L);
  }

  @Test
  void aClientAtTheAddressOfAServerEndsTheServer() {
    FakeSocket server = kernel.server(0xc);
    server.established();
    FakeSocket client = kernel.client(0xc).isns(7, 8);
    client.open(CURL);
    client.established();
    client.close(TCP_FIN_WAIT2);

    assertThat(host.closed())
        .containsExactly("server inferred unknown:0 unknown", "client live connect:1001 local_fin");
    assertThat(host.seen.closed.getLast().pair()).isEqualTo(0x7_00000008L);
  }

  @Test
  void aSecondEstablishedEventAtOneAddressIsOfAnotherConnection() {
    kernel.server(0xc).established();
    FakeSocket second = kernel.server(0xc).isns(7, 8);
    second.established();
    second.close(TCP_LAST_ACK);

    assertThat(host.closed()).hasSize(2);
    assertThat(host.seen.closed)
        .extracting(Connection::pair)
        .containsExactly(0x11111111_22222222L, 0x7_00000008L);
    assertThat(host.tracker.endUnseen()).isEqualTo(1);
  }

  @Test
  void anEstablishedEventOfAnotherPeerIsOfAnotherClient() {
    kernel.client(0xc).open(CURL);
    FakeSocket second = kernel.client(0xc).peer("10.9.9.9", 443).isns(7, 8);
    second.established();
    second.closesFirst(NGINX);
    second.close(TCP_FIN_WAIT2);

    assertThat(host.closed())
        .containsExactly(
            "client inferred connect:1001 unknown", "client inferred close:2001 local_fin");
  }

  @Test
  void aCloseEventOfAnotherPairIsOfAnotherConnection() {
    FakeSocket first = kernel.client(0xc);
    first.open(CURL);
    first.established();
    kernel.client(0xc).local("10.0.0.1", 40_002).isns(7, 8).close(TCP_FIN_WAIT2);

    assertThat(host.closed())
        .containsExactly(
            "client inferred connect:1001 unknown", "client inferred unknown:0 local_fin");
    assertThat(host.seen.closed)
        .extracting(Connection::pair)
        .containsExactly(0x11111111_22222222L, 0x7_00000008L);
    assertThat(host.seen.closed).extracting(Connection::localPort).containsExactly(40_001, 40_002);
  }

  @Test
  void aFailedConnectToAnotherPeerIsAnotherConnection() {
    kernel.client(0xc).open(CURL);
    kernel.client(0xc).peer("10.9.9.9", 443).fails(111);

    assertThat(host.closed())
        .containsExactly(
            "client inferred connect:1001 unknown",
            "client inferred unknown:0 refused connection_refused");
  }

  // A full table.

  @Test
  void aFullTableCountsWhatItLeavesOutAndRecovers() {
    TrackedHost small = new TrackedHost(/* mostConnections= */ 3);
    FakeSocket[] sockets = new FakeSocket[5];
    for (int i = 0; i < sockets.length; i++) {
      sockets[i] = small.kernel.client(0xc0 + i).isns(i, i);
      sockets[i].open(CURL);
      if (i < 3) {
        sockets[i].established();
      }
    }
    assertThat(small.tracker.tracked()).isEqualTo(3);
    assertThat(small.tracker.tableFull()).isEqualTo(2);
    assertThat(small.seen.opened).hasSize(3);

    for (FakeSocket socket : sockets) {
      socket.close(TCP_FIN_WAIT2);
    }

    // The omitted connections are still reported at their end, with an unseen beginning.
    assertThat(small.closed())
        .containsExactly(
            "client live connect:1001 local_fin",
            "client live connect:1001 local_fin",
            "client live connect:1001 local_fin",
            "client inferred unknown:0 local_fin",
            "client inferred unknown:0 local_fin");
    assertThat(small.tracker.tracked()).isZero();
    assertThat(small.tracker.beginningUnseen()).isEqualTo(2);

    FakeSocket next = small.kernel.client(0xc9);
    next.open(CURL);
    next.established();
    next.close(TCP_FIN_WAIT2);
    assertThat(small.closed().getLast()).isEqualTo("client live connect:1001 local_fin");
    assertThat(small.tracker.tableFull()).isEqualTo(2);
  }

  @Test
  void aFullTableStillUpdatesItsConnections() {
    TrackedHost small = new TrackedHost(/* mostConnections= */ 1);
    FakeSocket client = small.kernel.client(0xc);
    client.open(CURL);
    client.established();
    client.closesFirst(CURL);
    client.close(TCP_FIN_WAIT2);

    assertThat(small.closed()).containsExactly("client live connect:1001 local_fin");
    assertThat(small.tracker.tableFull()).isZero();
  }

  @Test
  void aFullTableHasRoomForANewConnectionAtAKnownAddress() {
    TrackedHost small = new TrackedHost(/* mostConnections= */ 1);
    small.kernel.client(0xc).open(CURL);
    small.kernel.client(0xc).open(NGINX);

    assertThat(small.tracker.tableFull()).isZero();
    assertThat(small.tracker.endUnseen()).isEqualTo(1);
    assertThat(small.tracker.tracked()).isEqualTo(1);
  }
}
