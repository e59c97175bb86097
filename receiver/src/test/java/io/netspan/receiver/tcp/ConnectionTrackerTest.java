package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_CLOSE_WAIT;
import static io.netspan.receiver.net.TcpState.TCP_CLOSING;
import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT1;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.net.TcpState.TCP_SYN_RECV;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NGINX_WORKER;
import static io.netspan.receiver.tcp.FakeProcess.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The lifecycle rows of the truth table, with every event delivered. */
final class ConnectionTrackerTest {
  private static final int ECONNREFUSED = 111;
  private static final int ETIMEDOUT = 110;
  private static final int ECONNRESET = 104;

  private final TrackedHost host = new TrackedHost();
  private final FakeKernel kernel = host.kernel;
  private final FakeSocket client = kernel.client(0xc);
  private final FakeSocket server = kernel.server(0x5);

  @AfterEach
  void everyConnectionHasBeenReportedAndNothingIsCountedAsLost() {
    assertThat(host.tracker.tracked()).as("left in the table").isZero();
    assertThat(host.tracker.endUnseen()).as("ends unseen").isZero();
    assertThat(host.tracker.beginningUnseen()).as("beginnings unseen").isZero();
    assertThat(host.tracker.tableFull()).as("table full").isZero();
    assertThat(host.tracker.ended()).isEqualTo(host.seen.closed.size());
    assertThat(host.seen.opened).hasSameSizeAs(host.seen.closed);
    assertThat(host.decoder.counters().tooShort() + host.decoder.counters().unknownType()).isZero();
  }

  /** Both ends of one connection, in the order in which one machine sees them. */
  private void connects() {
    client.open(CURL);
    server.established();
    client.established();
  }

  private void liveUntilTheClientCloses() {
    connects();
    client.closesFirst(CURL);
    server.closesLast(NGINX_WORKER);
    client.close(TCP_FIN_WAIT2);
    server.close(TCP_LAST_ACK);
  }

  // L1-L3: connect, exchange, close.

  @Test
  void clientClosesFirst() {
    liveUntilTheClientCloses();

    assertThat(host.closed())
        .containsExactly("client live connect:1001 local_fin", "server live close:2003 remote_fin");
  }

  @Test
  void serverClosesFirst() {
    connects();
    server.closesFirst(NGINX_WORKER);
    client.closesLast(CURL);
    server.close(TCP_FIN_WAIT2);
    client.close(TCP_LAST_ACK);

    assertThat(host.closed())
        .containsExactly("server live close:2003 local_fin", "client live connect:1001 remote_fin");
  }

  @Test
  void bothCloseAtOnce() {
    connects();
    client.closesFirst(CURL);
    server.closesFirst(NGINX_WORKER);
    client.close(TCP_CLOSING);
    server.close(TCP_CLOSING);

    assertThat(host.closed())
        .containsExactly("client live connect:1001 local_fin", "server live close:2003 local_fin");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.2, false, 0a00000100000000, 0, 0a00000200000000, 0",
    // The kernel programs send v4-mapped addresses of a dual-stack socket as IPv4.
    "::ffff:10.0.0.1, ::ffff:10.0.0.2, false, 0a00000100000000, 0, 0a00000200000000, 0",
    "2001:db8::1, 2001:db8::2, true, 20010db800000000, 1, 20010db800000000, 2",
    "fe80::1, ::1, true, fe80000000000000, 1, 0, 1",
  })
  void addressesAndPortsAreThoseOfTheOpenEvent(
      String local,
      String peer,
      boolean ipv6,
      String localHigh,
      String localLow,
      String peerHigh,
      String peerLow) {
    client.local(local, 65_535).peer(peer, 32_768);
    client.open(CURL);
    client.established();
    client.closesFirst(CURL);
    client.close(TCP_FIN_WAIT2);

    Connection c = host.onlyClosed();
    assertThat(c.isIpv6()).isEqualTo(ipv6);
    assertThat(c.localHigh()).isEqualTo(Long.parseUnsignedLong(localHigh, 16));
    assertThat(c.localLow()).isEqualTo(Long.parseUnsignedLong(localLow, 16));
    assertThat(c.peerHigh()).isEqualTo(Long.parseUnsignedLong(peerHigh, 16));
    assertThat(c.peerLow()).isEqualTo(Long.parseUnsignedLong(peerLow, 16));
    assertThat(c.localPort()).isEqualTo(65_535);
    assertThat(c.peerPort()).isEqualTo(32_768);
    assertThat(c.serverPort()).isEqualTo(32_768);
  }

  @Test
  void aClientBeginsWithItsOpenEventAndEndsWithItsCloseEvent() {
    kernel.passes(1_000_000);
    client.open(CURL);
    long opened = kernel.nowNs();
    kernel.passes(250_000);
    client.established();
    long established = kernel.nowNs();
    kernel.passes(3_000_000_000L);
    client.closesFirst(CURL);
    client.close(TCP_FIN_WAIT2);

    Connection c = host.onlyClosed();
    assertThat(c.openedNs()).isEqualTo(opened);
    assertThat(c.establishedNs()).isEqualTo(established);
    assertThat(c.handshakeNs()).isEqualTo(established - opened);
    assertThat(c.closedNs()).isEqualTo(kernel.nowNs());
  }

  @Test
  void aServerBeginsOneRoundTripBeforeItIsEstablished() {
    server.srtt(8 * 350 + 7); // in eighths of a microsecond; the fraction is dropped
    server.established();
    long established = kernel.nowNs();
    server.closesLast(NGINX_WORKER);
    server.close(TCP_LAST_ACK);

    Connection c = host.onlyClosed();
    assertThat(c.establishedNs()).isEqualTo(established);
    assertThat(c.handshakeNs()).isEqualTo(350_000);
    assertThat(c.openedNs()).isEqualTo(established - 350_000);
  }

  @Test
  void totalsCountRetransmittedPayloadOnce() {
    connects();
    client.closesFirst(CURL);
    server.closesLast(NGINX_WORKER);
    client.close(
        TCP_FIN_WAIT2,
        0,
        r ->
            r.with("bytes_sent", 5_000_000_000L)
                .with("bytes_retrans", 1_000)
                .with("bytes_acked", 4_999_998_000L)
                .with("unacked", 1_002)
                .with("fin_sent", 1)
                .with("bytes_received", 7_000_000_001L)
                .with("fin_received", 1)
                .with("segs_out", 0xfffffffeL)
                .with("segs_in", 12)
                .with("total_retrans", 3)
                .with("srtt_us", 8 * 1_500 + 1)
                .with("rtt_min_us", 1_200));
    server.close(
        TCP_LAST_ACK,
        0,
        r -> r.with("bytes_received", 17).with("fin_received", 0).with("rtt_min_us", -1));

    Connection c = host.seen.closed.get(0);
    assertThat(c.totalsKnown()).isTrue();
    assertThat(c.bytesSent()).isEqualTo(4_999_999_000L);
    assertThat(c.bytesReceived()).isEqualTo(7_000_000_000L);
    assertThat(Integer.toUnsignedLong(c.segmentsSent())).isEqualTo(0xfffffffeL);
    assertThat(c.segmentsReceived()).isEqualTo(12);
    assertThat(c.retransmits()).isEqualTo(3);
    assertThat(c.srttUs()).isEqualTo(1_500);
    assertThat(c.rttMinUs()).isEqualTo(1_200);
    assertThat(host.seen.closed.get(1).bytesReceived()).isEqualTo(17);
    assertThat(host.seen.closed.get(1).rttMinUs())
        .as("minimum round-trip time that was never measured")
        .isZero();
  }

  @Test
  void bothEndsHaveTheSamePair() {
    client.isns(0xfffffffe, 0xffffffff);
    server.isns(0xfffffffe, 0xffffffff);
    liveUntilTheClientCloses();

    assertThat(host.seen.closed).allMatch(Connection::identified);
    assertThat(host.seen.closed).extracting(Connection::pair).containsOnly(0xfffffffe_ffffffffL);
  }

  @Test
  void theThreadOfAClientConnectedAndThatOfAServerClosed() {
    connects();
    client.closesFirst(
        NGINX); // a thread of another process that shares the socket and closes it last
    server.closesLast(NGINX_WORKER);
    client.close(TCP_FIN_WAIT2);
    server.close(TCP_LAST_ACK);

    assertThat(host.seen.closed).extracting(Connection::tid).containsExactly(1_008, 2_010);
    assertThat(host.closed().getFirst()).contains("connect:1001");
  }

  @Test
  void theListenerIsCalledForEachStateChange() {
    liveUntilTheClientCloses();

    assertThat(host.seen.opened)
        .extracting(Connection::role, Connection::state)
        .containsExactly(
            tuple(Role.CLIENT, ConnectionState.SYN_SENT),
            tuple(Role.SERVER, ConnectionState.ESTABLISHED));
    assertThat(host.seen.changed)
        .extracting(Connection::role, Connection::state)
        .containsExactly(
            tuple(Role.CLIENT, ConnectionState.ESTABLISHED),
            tuple(Role.CLIENT, ConnectionState.FIN_WAIT_1),
            tuple(Role.SERVER, ConnectionState.LAST_ACK));
  }

  // L4-L7: connects that fail.

  @ParameterizedTest
  @CsvSource({
    "111, refused, connection_refused",
    "110, timeout, timed_out",
    "113, unreachable, host_unreachable",
    "101, unreachable, network_unreachable",
    "104, remote_reset, connection_reset",
    "98, unknown, address_in_use",
    "99, unknown, address_not_available",
    "13, unreachable, access_denied",
    "64, unreachable, _OTHER",
    "71, unreachable, _OTHER",
    "92, unreachable, _OTHER",
    "95, unreachable, _OTHER",
    "112, unreachable, _OTHER",
    "103, destroyed, aborted",
    "1, unknown, _OTHER",
  })
  void aFailedConnectEndsWithTheReasonOfItsErrno(int errno, String reason, String error) {
    client.open(CURL);
    client.fails(errno);

    assertThat(host.closed()).containsExactly("client live connect:1001 " + reason + " " + error);
    Connection c = host.onlyClosed();
    assertThat(c.identified()).isFalse();
    assertThat(c.establishedNs()).isZero();
    assertThat(c.handshakeNs()).as("time until the failure").isEqualTo(c.closedNs() - c.openedNs());
    assertThat(c.bytesSent()).isZero();
    assertThat(c.srttUs()).isZero();
    assertThat(c.rttMinUs()).isZero();
    assertThat(c.closedNs()).isGreaterThan(c.openedNs());
  }

  @Test
  void aConnectThatTheApplicationClosesIsAborted() {
    client.open(CURL);
    client.closeBy(CURL, TCP_SYN_SENT);

    assertThat(host.closed()).containsExactly("client live connect:1001 aborted aborted");
  }

  @Test
  void aConnectWithoutALocalAddressEndsWithAddressNotAvailable() {
    client.local("0.0.0.0", 0);
    client.open(CURL);
    client.closeBy(CURL, TCP_SYN_SENT);

    assertThat(host.closed())
        .containsExactly("client live connect:1001 aborted address_not_available");
    assertThat(host.onlyClosed().localPort()).isZero();
  }

  @Test
  void aSocketThatConnectsAgainIsANewConnection() {
    client.open(CURL);
    client.fails(ECONNREFUSED);
    liveUntilTheClientCloses();

    assertThat(host.closed())
        .containsExactly(
            "client live connect:1001 refused connection_refused",
            "client live connect:1001 local_fin",
            "server live close:2003 remote_fin");
  }

  // L8: sockets that never become a connection.

  @Test
  void aListenerIsNotReportedAsAConnection() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    kernel.unlisten(0x11, NGINX);

    assertThat(host.seen.closed).isEmpty();
  }

  @Test
  void aChildThatWasNeverEstablishedIsNotReported() {
    server.close(TCP_SYN_RECV, ECONNRESET, r -> r.with("bytes_received", 0));
    server.close(TCP_SYN_RECV, 0, r -> r.with("bytes_received", 0));

    assertThat(host.seen.closed).isEmpty();
  }

  // L9

  @Test
  void manyRefusedConnectsAndThenASuccessfulOneAreAllReported() {
    int refused = 100_003;
    for (int i = 0; i < refused; i++) {
      FakeSocket one = kernel.client(0x1000 + i % 97);
      one.open(CURL);
      one.fails(ECONNREFUSED);
    }
    liveUntilTheClientCloses();

    assertThat(host.seen.closed)
        .filteredOn(c -> c.error() == ConnectionError.CONNECTION_REFUSED)
        .hasSize(refused);
    assertThat(host.closed().subList(refused, refused + 2))
        .containsExactly("client live connect:1001 local_fin", "server live close:2003 remote_fin");
  }

  // L10: resets.

  @Test
  void aConnectionThatIsResetByThePeerEndsWithRemoteReset() {
    connects();
    server.closeBy(NGINX_WORKER, TCP_ESTABLISHED); // SO_LINGER 0, or unread data
    client.close(TCP_ESTABLISHED, ECONNRESET);

    assertThat(host.closed())
        .containsExactly(
            "server live close:2003 local_reset",
            "client live connect:1001 remote_reset connection_reset");
  }

  @Test
  void aConnectionThatIsResetByItsOwnerEndsWithLocalReset() {
    connects();
    client.closeBy(CURL, TCP_ESTABLISHED);
    server.close(TCP_ESTABLISHED, ECONNRESET);

    assertThat(host.closed())
        .containsExactly(
            "client live connect:1001 local_reset",
            "server live unknown:0 remote_reset connection_reset");
  }

  @Test
  void aConnectionThatIsClosedBecauseItsProcessWasKilledEndsWithKilled() {
    connects();
    client.closesDying(CURL, /* SIGKILL */ 9);
    server.closesLast(NGINX_WORKER);
    server.close(TCP_LAST_ACK);
    client.close(TCP_FIN_WAIT2);

    assertThat(host.closed())
        .containsExactly("server live close:2003 remote_fin", "client live connect:1001 killed");
  }

  @Test
  void aProcessThatIsKilledWithUnreadDataResetsThePeer() {
    connects();
    server.close(
        TCP_ESTABLISHED,
        0,
        r -> r.with("tgid", 2_003).with("start_time", 22_000_000_003L).with("exit_signal", 9));
    client.close(TCP_ESTABLISHED, ECONNRESET);

    assertThat(host.closed())
        .containsExactly(
            "server live close:2003 killed",
            "client live connect:1001 remote_reset connection_reset");
  }

  @Test
  void aConnectionThatThePeerClosedFirstIsNotEndedByKillingItsProcess() {
    connects();
    client.closesFirst(CURL);
    server.closesLast(NGINX_WORKER);
    server.close(TCP_LAST_ACK, 0, r -> r.with("exit_signal", 9));
    client.close(TCP_FIN_WAIT2);

    assertThat(host.closed())
        .containsExactly("server live close:2003 remote_fin", "client live connect:1001 local_fin");
  }

  /** No segment was sent and the socket was not shut down: the 4-tuple was already in use. */
  @Test
  void aConnectToAPairOfEndpointsInUseEndsWithAddressNotAvailable() {
    client.open(CURL);
    client.close(TCP_SYN_SENT, 0, r -> r.with("segs_out", 0).with("sk_shutdown", 0));

    assertThat(host.closed())
        .containsExactly("client live connect:1001 aborted address_not_available");
  }

  @ParameterizedTest
  @CsvSource({
    "8, 0, local_reset, ''", // CLOSE_WAIT: closed with unread data
    "8, 32, remote_reset, ' connection_reset'", // EPIPE: reset after its FIN
    "4, 104, remote_reset, ' connection_reset'",
    "5, 110, timeout, ' timed_out'",
    "1, 110, timeout, ' timed_out'",
    "1, 103, destroyed, ' aborted'", // ss -K
    "9, 103, destroyed, ' aborted'",
    "9, 110, timeout, ' timed_out'",
  })
  void aBrokenConnectionEndsWithTheReasonOfItsStateAndErrno(
      int oldstate, int errno, String reason, String error) {
    client.open(CURL);
    client.established();
    client.close(oldstate, errno);
    host.tracker.reportEnds(Long.MAX_VALUE);

    assertThat(host.closed()).containsExactly("client live connect:1001 " + reason + error);
    assertThat(host.onlyClosed().identified()).isTrue();
  }

  @Test
  void aConnectionThatIsClosedByAnExitIsOwnedByTheExitingProcess() {
    // exit_files() closes the sockets in the context of the exiting process, as close() does.
    connects();
    client.closesFirst(CURL);
    server.close(TCP_CLOSE_WAIT, 0, r -> r.with("tgid", 2_003).with("start_time", 22_000_000_003L));
    client.close(TCP_FIN_WAIT2, ECONNRESET);
    host.tracker.reportEnds(Long.MAX_VALUE);

    assertThat(host.closed())
        .containsExactly(
            "server live close:2003 local_reset",
            "client live connect:1001 remote_reset connection_reset");
  }

  // L11: half-close.

  @Test
  void aHalfClosedConnectionStaysOpen() {
    client.open(CURL);
    client.established();
    client.closesFirst(CURL); // shutdown(SHUT_WR)
    kernel.passes(10_000_000_000L);

    assertThat(host.tracker.tracked()).isEqualTo(1);
    assertThat(host.seen.closed).isEmpty();
    assertThat(host.seen.changed.getLast().state()).isEqualTo(ConnectionState.FIN_WAIT_1);

    client.close(TCP_FIN_WAIT2);
    assertThat(host.closed()).containsExactly("client live connect:1001 local_fin");
    assertThat(host.onlyClosed().closedNs() - host.onlyClosed().openedNs())
        .isGreaterThan(10_000_000_000L);
  }

  @Test
  void aConnectionThatTheServerClosesFirstEndsWithLocalFin() {
    server.established();
    server.closesFirst(NGINX_WORKER);

    assertThat(host.tracker.tracked()).isEqualTo(1);

    server.close(TCP_FIN_WAIT1);
    assertThat(host.closed()).containsExactly("server live close:2003 local_fin");
  }

  @Test
  void aServerConnectionThatThePeerClosesFirstEndsWithRemoteFin() {
    server.established();
    server.closesLast(NGINX_WORKER);

    assertThat(host.seen.changed.getLast().state()).isEqualTo(ConnectionState.LAST_ACK);

    server.close(TCP_LAST_ACK);
    assertThat(host.closed()).containsExactly("server live close:2003 remote_fin");
  }

  // L12: closed by the peer before accept() returns.

  @Test
  void aConnectionThatIsNeverAcceptedIsOwnedByTheListener() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    connects();
    client.closeBy(CURL, TCP_ESTABLISHED);
    server.close(TCP_ESTABLISHED, ECONNRESET);
    kernel.unlisten(0x11, NGINX);

    assertThat(host.closed())
        .containsExactly(
            "client live connect:1001 local_reset",
            "server live listener:2001 remote_reset connection_reset");
  }

  @Test
  void aConnectionThatIsClosedWithItsListenerEndsWithLocalReset() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    connects();
    kernel.unlisten(0x11, NGINX);
    server.closeBy(NGINX, TCP_ESTABLISHED);
    client.close(TCP_ESTABLISHED, ECONNRESET);

    assertThat(host.closed().getFirst()).isEqualTo("server live close:2001 local_reset");
  }

  @Test
  void theProcessThatClosesReplacesTheListenerAsTheOwner() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    liveUntilTheClientCloses();
    kernel.unlisten(0x11, NGINX);

    assertThat(host.seen.opened.getLast().ownerProvenance()).isEqualTo(OwnerProvenance.LISTENER);
    assertThat(host.closed().getLast()).isEqualTo("server live close:2003 remote_fin");
  }

  @Test
  void aCloseByAKernelThreadLeavesTheListenerTheOwner() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    server.established();
    server.closesFirst(NOBODY);
    server.close(TCP_FIN_WAIT2);
    kernel.unlisten(0x11, NGINX);

    assertThat(host.closed()).containsExactly("server live listener:2001 local_fin");
  }

  // L14

  @Test
  void aConnectionWithoutTrafficStaysTracked() {
    connects();
    kernel.passes(10_000_000_000L);

    assertThat(host.tracker.tracked()).isEqualTo(2);

    client.closesFirst(CURL);
    server.closesLast(NGINX_WORKER);
    client.close(TCP_FIN_WAIT2);
    server.close(TCP_LAST_ACK);
    assertThat(host.seen.closed).hasSize(2);
  }

  // L15

  @Test
  void connectionsOnReusedSocketAddressesAreKeptApart() {
    int connections = 10_007;
    int atOnce = 64;
    FakeSocket[] clients = new FakeSocket[atOnce];
    FakeSocket[] servers = new FakeSocket[atOnce];
    for (int i = 0; i < connections + atOnce; i++) {
      int slot = i % atOnce;
      if (i >= atOnce) {
        clients[slot].closesFirst(CURL);
        servers[slot].closesLast(NGINX_WORKER);
        servers[slot].close(TCP_LAST_ACK);
        clients[slot].close(TCP_FIN_WAIT2);
      }
      if (i < connections) {
        clients[slot] = kernel.client(0x100 + slot).isns(i, -i);
        servers[slot] = kernel.server(0x200 + slot).isns(i, -i);
        clients[slot].open(CURL);
        servers[slot].established();
        clients[slot].established();
      }
    }

    assertThat(host.seen.closed).hasSize(2 * connections);
    for (Role role : Role.values()) {
      List<Connection> side = host.seen.closed.stream().filter(c -> c.role() == role).toList();
      assertThat(side).hasSize(connections);
      Set<Long> pairs = new HashSet<>();
      for (int i = 0; i < connections; i++) {
        Connection c = side.get(i);
        assertThat(c.pair())
            .as("pair of connection %d", i)
            .isEqualTo((long) i << 32 | Integer.toUnsignedLong(-i));
        assertThat(c.openedNs()).isLessThanOrEqualTo(c.establishedNs());
        assertThat(c.establishedNs()).isLessThan(c.closedNs());
        pairs.add(c.pair());
      }
      assertThat(pairs).hasSize(connections);
    }
  }

  // L17: both ends on one address, idle, then reset by the peer.

  @Test
  void bothEndsOnTheSameAddressAreReported() {
    client.local("127.0.0.1", 40_001).peer("127.0.0.1", 80);
    server.local("127.0.0.1", 80).peer("127.0.0.1", 40_001);
    connects();
    kernel.passes(3_000_000_000L);
    server.closeBy(NGINX_WORKER, TCP_ESTABLISHED);
    client.close(TCP_ESTABLISHED, ECONNRESET);

    assertThat(host.closed())
        .containsExactly(
            "server live close:2003 local_reset",
            "client live connect:1001 remote_reset connection_reset");
    assertThat(host.seen.closed)
        .allMatch(c -> c.establishedNs() != 0)
        .allMatch(c -> c.identified());
  }

  @Test
  void aSelfConnectIsReportedAsOneClient() {
    // connect() to its own port takes one socket through SYN_SENT, SYN_RECV and ESTABLISHED.
    client.local("127.0.0.1", 5_000).peer("127.0.0.1", 5_000);
    client.open(CURL);
    client.establishedFrom(TCP_SYN_RECV);
    client.closesFirst(CURL);
    client.close(TCP_CLOSING);

    assertThat(host.closed()).containsExactly("client live connect:1001 local_fin");
    assertThat(host.onlyClosed().handshakeNs()).isEqualTo(FakeKernel.STEP_NS);
  }

  @Test
  void simultaneousOpenHasTwoClients() {
    FakeSocket other = kernel.client(0xd).local("10.0.0.2", 80).peer("10.0.0.1", 40_001);
    client.open(CURL);
    other.open(NGINX);
    client.establishedFrom(TCP_SYN_RECV);
    other.establishedFrom(TCP_SYN_RECV);
    client.closesFirst(CURL);
    other.closesLast(NGINX);
    client.close(TCP_FIN_WAIT2);
    other.close(TCP_LAST_ACK);

    assertThat(host.closed())
        .containsExactly(
            "client live connect:1001 local_fin", "client live connect:2001 remote_fin");
  }

  // W7

  @Test
  void theSameAddressesInTwoNamespacesAreDifferentConnections() {
    FakeProcess otherNginx = new FakeProcess(3_001, 33, "nginx");
    kernel.listen(0x11, NGINX, "127.0.0.1", 80, 1);
    kernel.listen(0x12, otherNginx, "127.0.0.1", 80, 2);
    FakeSocket[] clients = new FakeSocket[3];
    FakeSocket[] servers = new FakeSocket[3];
    for (int i = 1; i <= 2; i++) {
      clients[i] = kernel.client(0xc0 + i).netns(i).isns(i, i);
      servers[i] = kernel.server(0x50 + i).netns(i).isns(i, i);
      clients[i].local("127.0.0.1", 40_001).peer("127.0.0.1", 80).open(CURL);
      servers[i].local("127.0.0.1", 80).peer("127.0.0.1", 40_001).established();
      clients[i].established();
    }
    for (int i = 1; i <= 2; i++) {
      clients[i].closeBy(CURL, TCP_ESTABLISHED);
      servers[i].close(TCP_ESTABLISHED, ECONNRESET);
    }
    kernel.unlisten(0x11, NGINX);
    kernel.unlisten(0x12, otherNginx);

    assertThat(host.seen.closed).extracting(Connection::netns).containsExactly(1, 1, 2, 2);
    assertThat(host.seen.closed)
        .extracting(c -> c.owner().key().pid())
        .containsExactly(1_001, 2_001, 1_001, 3_001);
    assertThat(host.seen.closed)
        .extracting(Connection::pair)
        .containsExactly(0x1_00000001L, 0x1_00000001L, 0x2_00000002L, 0x2_00000002L);
  }

  // Ids of connections that were never established.

  @Test
  void pairsOfFailedConnectsAreRandomAndRepeatableByASeed() {
    assertThat(pairsOfFailed(1)).hasSize(1_000).isEqualTo(pairsOfFailed(1));
    assertThat(pairsOfFailed(1)).doesNotContainAnyElementsOf(pairsOfFailed(2));
    assertThat(new HashSet<>(pairsOfFailed(1))).hasSize(1_000);
  }

  private static List<Long> pairsOfFailed(long seed) {
    TrackedHost host = new TrackedHost(10, seed);
    for (int i = 0; i < 1_000; i++) {
      FakeSocket one = host.kernel.client(0xc);
      one.open(CURL);
      one.fails(ETIMEDOUT);
    }
    return host.seen.closed.stream().map(Connection::pair).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100})
  void aRecycledConnectionObjectHasNoneOfItsFormerValues(int others) {
    liveUntilTheClientCloses();
    Connection first = host.seen.closed.getFirst();
    for (int i = 0; i < others; i++) {
      FakeSocket failed = kernel.client(0xc);
      failed.open(NGINX);
      failed.fails(ECONNREFUSED);
    }

    Connection last = host.seen.closed.getLast();
    assertThat(last.identified()).isFalse();
    assertThat(last.establishedNs()).isZero();
    assertThat(last.bytesReceived()).isZero();
    assertThat(last.srttUs()).isZero();
    assertThat(last.pair()).isNotEqualTo(first.pair());
  }
}
