package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_CLOSE;
import static io.netspan.receiver.net.TcpState.TCP_CLOSE_WAIT;
import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.net.TcpState.TCP_LISTEN;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NGINX_WORKER;
import static io.netspan.receiver.tcp.FakeProcess.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.WireRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The effect of passes over the open sockets on the tracked connections. */
class ReconcilerTest {
  private static final FakeProcess CHILD = new FakeProcess(1_009, 33_000_000_001L, "curl");

  private final TrackedHost host = new TrackedHost();
  private final Reconciler reconciler = host.tracker.reconciler();
  private final FakeSocket client = host.kernel.client(0xc);
  private final FakeSocket server = host.kernel.server(0x5);

  private interface Finds {
    void run();
  }

  private void begin(Provenance ofNew) {
    host.kernel.passes(1_000_000);
    reconciler.begin(host.kernel.nowNs(), ofNew);
  }

  private int pass(Provenance ofNew, Finds finds) {
    begin(ofNew);
    finds.run();
    return reconciler.finish(host.kernel.nowNs());
  }

  private int seed(Finds finds) {
    return pass(Provenance.BACKFILLED, finds);
  }

  private int reconcile(Finds finds) {
    return pass(Provenance.INFERRED, finds);
  }

  private void listens(FakeProcess process, int port) {
    host.kernel.send(
        EventType.TCP_SOCKET,
        WireRecord.of(EventType.TCP_SOCKET)
            .with("sk", 0x11)
            .with("net_ns", FakeKernel.NETNS)
            .with("family", 2)
            .with("sport", port)
            .with("state", TCP_LISTEN)
            .with("tgid", process.pid())
            .with("start_time", process.startTime()));
  }

  private Connection onlyRefreshed() {
    assertThat(host.seen.refreshed).hasSize(1);
    return host.seen.refreshed.getFirst();
  }

  private List<Long> missing() {
    List<Long> asked = new ArrayList<>();
    reconciler.forEachMissing(asked::add);
    return asked;
  }

  // The first pass, at the start.

  @Test
  void bothEndsOfAConnectionThatIsOpenAtTheStartAreReported() {
    seed(
        () -> {
          client.found(CURL, TCP_ESTABLISHED);
          server.found(NGINX_WORKER, TCP_ESTABLISHED);
        });
    server.closesFirst(NGINX_WORKER);
    client.closesLast(CURL);
    server.close(TCP_FIN_WAIT2);
    client.close(TCP_LAST_ACK);

    assertThat(host.closed())
        .containsExactly(
            "server backfilled close:2003 local_fin", "client backfilled close:1001 remote_fin");
    assertThat(host.seen.opened).hasSize(2);
    assertThat(host.seen.closed).extracting(Connection::pair).containsOnly(0x11111111_22222222L);
  }

  @Test
  void theHolderOfADescriptorIsTheOwner() {
    seed(() -> client.found(CURL, TCP_ESTABLISHED));

    assertThat(TrackedHost.describe(onlyRefreshed()))
        .isEqualTo("client backfilled descriptor:1001 unknown");
    assertThat(onlyRefreshed().previousOwner()).isNull();
  }

  /** The pass visited the process before it connected, and its child after it was forked. */
  @Test
  void aConnectionThatIsOpenedDuringAPassIsNotPassedToAChild() {
    reconcile(
        () -> {
          client.open(CURL);
          client.established();
          client.found(NGINX, TCP_ESTABLISHED);
        });
    assertThat(onlyRefreshed().owner().key().pid()).isEqualTo(CURL.pid());
    assertThat(onlyRefreshed().ownerProvenance()).isEqualTo(OwnerProvenance.CONNECT);

    reconcile(() -> client.found(NGINX, TCP_ESTABLISHED));
    assertThat(host.seen.refreshed.getLast().owner().key().pid()).isEqualTo(NGINX.pid());
  }

  @Test
  void aListenerThatIsFoundAfterItsConnectionMakesItAServer() {
    // listen(fd, 0) leaves no backlog on the socket; the local port is higher than the peer's.
    server.local("10.0.0.2", 50_000).peer("10.0.0.1", 81);
    seed(
        () -> {
          server.found(NGINX, TCP_ESTABLISHED, r -> r.with("accepted", 0));
          listens(NGINX, 50_000);
        });

    assertThat(onlyRefreshed().role()).isEqualTo(Role.SERVER);
    assertThat(onlyRefreshed().pair()).isEqualTo(0x11111111_22222222L);
  }

  @Test
  void aConnectionWithoutAListenerIsAClientWhateverItsPorts() {
    client.local("10.0.0.1", 81).peer("10.0.0.2", 50_000);
    seed(() -> client.found(CURL, TCP_ESTABLISHED));

    assertThat(onlyRefreshed().role()).isEqualTo(Role.CLIENT);
  }

  @Test
  void anEventBeforeTheEndOfThePassDecidesTheRole() {
    begin(Provenance.BACKFILLED);
    server.found(NGINX, TCP_ESTABLISHED);
    server.close(TCP_ESTABLISHED, 104);
    reconciler.finish(host.kernel.nowNs());

    assertThat(host.closed())
        .containsExactly("server backfilled unknown:0 remote_reset connection_reset");
    assertThat(host.seen.opened).hasSize(1);
  }

  @Test
  void bytesTransferredBeforeTheStartAreInTheTotalsButNotInTheDeltas() {
    seed(
        () ->
            client.found(
                CURL, TCP_ESTABLISHED, r -> client.sent(r, 700).with("bytes_received", 70)));
    client.close(TCP_ESTABLISHED, 104);

    Connection closed = host.onlyClosed();
    assertThat(closed.bytesSent()).isEqualTo(900);
    assertThat(closed.takeSent()).isEqualTo(200);
    assertThat(closed.takeReceived()).isEqualTo(4_930);
  }

  @Test
  void aConnectThatIsInProgressAtTheStartEndsLikeAnyOther() {
    seed(() -> client.found(CURL, TCP_SYN_SENT));
    client.fails(110);

    assertThat(host.closed())
        .containsExactly("client backfilled descriptor:1001 timeout timed_out");
    assertThat(host.onlyClosed().identified()).isFalse();
  }

  // Passes while connections are open.

  private void liveClient() {
    client.open(CURL);
    client.established();
  }

  @Test
  void aPassUpdatesTrackedConnections() {
    liveClient();
    reconcile(
        () ->
            client.found(
                CURL,
                TCP_CLOSE_WAIT,
                r -> client.sent(r, 300).with("bytes_received", 30).with("segs_in", 3)));

    Connection c = onlyRefreshed();
    assertThat(TrackedHost.describe(c)).isEqualTo("client live connect:1001 unknown");
    assertThat(c.state()).isEqualTo(ConnectionState.CLOSE_WAIT);
    assertThat(c.bytesSent()).isEqualTo(300);
    assertThat(c.takeReceived()).isEqualTo(30);
    assertThat(c.segmentsReceived()).isEqualTo(3);
    assertThat(host.seen.opened).hasSize(1);
  }

  @Test
  void anEventAfterTheReadingTakesPrecedenceOverThePass() {
    liveClient();
    begin(Provenance.INFERRED);
    long read = host.kernel.nowNs();
    client.closesFirst(CURL);
    client.foundAt(read, CURL, TCP_ESTABLISHED);
    reconciler.finish(host.kernel.nowNs());

    assertThat(onlyRefreshed().state()).isEqualTo(ConnectionState.FIN_WAIT_1);
  }

  @Test
  void aReadingFromBeforeTheCloseIsOlderThanItEvenIfTheTimesSayTheOpposite() {
    liveClient();
    long segment = host.kernel.nowNs();
    begin(Provenance.INFERRED);
    long read = host.kernel.nowNs();
    client.closesFirstAt(segment, CURL);
    client.foundAt(read, CURL, TCP_ESTABLISHED);
    reconciler.finish(host.kernel.nowNs());

    assertThat(onlyRefreshed().state()).isEqualTo(ConnectionState.FIN_WAIT_1);
  }

  @Test
  void aCloseThatIsReadDuringAPassDecidesTheOwnerWhateverItsTime() {
    seed(() -> server.found(NGINX, TCP_ESTABLISHED));
    long segment = host.kernel.nowNs();
    begin(Provenance.INFERRED);
    server.closesFirstAt(segment, NGINX_WORKER);
    server.found(NGINX, TCP_FIN_WAIT2);
    reconciler.finish(host.kernel.nowNs());

    Connection refreshed = host.seen.refreshed.getLast();
    assertThat(refreshed.owner().key().pid()).isEqualTo(NGINX_WORKER.pid());
    assertThat(refreshed.ownerProvenance()).isEqualTo(OwnerProvenance.CLOSE);
    assertThat(refreshed.state()).isEqualTo(ConnectionState.FIN_WAIT_2);
  }

  @Test
  void aPassFindsThatAConnectionIsEstablishedWhoseEventWasLost() {
    client.open(CURL);
    reconcile(() -> client.found(CURL, TCP_ESTABLISHED));

    assertThat(onlyRefreshed().state()).isEqualTo(ConnectionState.ESTABLISHED);
    assertThat(onlyRefreshed().pair()).isEqualTo(0x11111111_22222222L);
  }

  @Test
  void aConnectionThatEndedDuringThePassIsNotAddedAgain() {
    liveClient();
    begin(Provenance.INFERRED);
    client.close(TCP_ESTABLISHED, 104);
    client.found(CURL, TCP_ESTABLISHED);
    reconciler.finish(host.kernel.nowNs());

    assertThat(host.closed()).hasSize(1);
    assertThat(host.tracker.tracked()).isZero();
  }

  @Test
  void aClosedSocketIsNotTracked() {
    reconcile(() -> client.found(CURL, TCP_CLOSE));

    assertThat(host.tracker.tracked()).isZero();
  }

  @Test
  void aConnectionThatOnlyAPassFoundIsInferred() {
    reconcile(() -> server.found(NGINX_WORKER, TCP_ESTABLISHED));

    assertThat(TrackedHost.describe(onlyRefreshed()))
        .isEqualTo("server inferred descriptor:2003 unknown");
    assertThat(onlyRefreshed().takeReceived())
        .as("bytes of the first reading are not counted")
        .isZero();
  }

  // Sockets of which no process has a descriptor.

  @Test
  void aConnectionWithoutADescriptorIsLookedUpAndStaysIfItStillExists() {
    liveClient();
    begin(Provenance.INFERRED);
    assertThat(missing()).containsExactly(0xcL);
    client.found(NOBODY, TCP_FIN_WAIT2);
    assertThat(missing()).isEmpty();

    assertThat(reconciler.finish(host.kernel.nowNs())).isZero();
    assertThat(onlyRefreshed().state()).isEqualTo(ConnectionState.FIN_WAIT_2);
    assertThat(onlyRefreshed().owner().key().pid()).isEqualTo(1_001);
  }

  @Test
  void aConnectionThatNoLongerExistsIsReportedAsEndedUnseen() {
    liveClient();

    assertThat(reconcile(() -> {})).isEqualTo(1);
    assertThat(host.closed()).containsExactly("client inferred connect:1001 unknown");
    assertThat(host.tracker.endUnseen()).isEqualTo(1);
    assertThat(host.tracker.tracked()).isZero();
  }

  @Test
  void anUnseenEndKeepsTheLastKnownCounters() {
    liveClient();
    reconcile(() -> client.found(CURL, TCP_ESTABLISHED, r -> client.sent(r, 300)));
    reconcile(() -> {});

    assertThat(host.onlyClosed().bytesSent()).isEqualTo(300);
  }

  @Test
  void anotherSocketAtTheSameAddressDoesNotKeepAConnectionTracked() {
    liveClient();
    FakeSocket other = host.kernel.client(0xc).local("10.0.0.1", 40_003).isns(7, 8);

    assertThat(reconcile(() -> other.found(NOBODY, TCP_ESTABLISHED))).isEqualTo(1);
    assertThat(host.tracker.tracked()).as("tracked connections").isZero();
  }

  @Test
  void aConnectionThatBeganDuringThePassIsLeftToTheNextPass() {
    begin(Provenance.INFERRED);
    liveClient();

    assertThat(missing()).isEmpty();
    assertThat(reconciler.finish(host.kernel.nowNs())).isZero();
    assertThat(host.tracker.tracked()).isEqualTo(1);
  }

  @Test
  void anAbandonedPassEndsNoConnection() {
    liveClient();
    begin(Provenance.INFERRED);
    server.found(NGINX_WORKER, TCP_ESTABLISHED);
    reconciler.abandon();

    assertThat(host.closed()).isEmpty();
    assertThat(host.seen.opened).hasSize(2);
    assertThat(host.tracker.tracked()).isEqualTo(2);
  }

  /** The closing event is newer than the reading of the pass. */
  @Test
  void aProcessThatClosesDuringAPassIsTheOwner() {
    seed(() -> listens(NGINX, 80));
    server.established();
    begin(Provenance.INFERRED);
    server.found(CURL, TCP_ESTABLISHED);
    server.closesFirst(NGINX_WORKER);
    reconciler.finish(host.kernel.nowNs());
    server.close(TCP_FIN_WAIT2);

    assertThat(host.closed()).containsExactly("server live close:2003 local_fin");
  }

  @Test
  void aProcessThatClosesAConnectionFoundByThePassIsItsOwner() {
    begin(Provenance.BACKFILLED);
    server.found(NGINX_WORKER, TCP_ESTABLISHED);
    server.closesFirst(NGINX_WORKER);
    reconciler.finish(host.kernel.nowNs());
    server.close(TCP_FIN_WAIT2);

    assertThat(host.closed()).containsExactly("server backfilled close:2003 local_fin");
  }

  @Test
  void aConnectionOfWhichOnlyTheClosingWasSeenIsCompletedByAPass() {
    server.closesFirst(NGINX_WORKER);
    assertThat(host.seen.opened).isEmpty();
    reconcile(() -> server.found(NOBODY, TCP_FIN_WAIT2));
    server.close(TCP_FIN_WAIT2);

    assertThat(host.closed()).containsExactly("server inferred close:2003 local_fin");
  }

  @Test
  void aConnectionOfWhichOnlyTheClosingWasSeenIsNotReportedUnlessFoundOrEnded() {
    client.closesFirst(CURL);
    begin(Provenance.INFERRED);
    client.found(NOBODY, TCP_FIN_WAIT2);
    reconciler.finish(host.kernel.nowNs());
    assertThat(host.seen.refreshed).isEmpty();

    assertThat(reconcile(() -> {})).isEqualTo(1);
    assertThat(host.seen.opened).isEmpty();
    assertThat(host.closed()).isEmpty();
  }

  // Torn readings: the socket is read without its lock.

  private void foundTorn() {
    client.found(CURL, TCP_ESTABLISHED, r -> r.with("local_isn", 0x7777));
  }

  @Test
  void aDifferentPairIsAcceptedInTheSecondPass() {
    liveClient();
    reconcile(this::foundTorn);
    assertThat(host.closed()).isEmpty();
    assertThat(onlyRefreshed().pair()).isEqualTo(0x11111111_22222222L);
    reconcile(this::foundTorn);

    assertThat(host.closed()).containsExactly("client inferred connect:1001 unknown");
    assertThat(host.tracker.tracked()).isEqualTo(1);
  }

  @Test
  void twoDescriptorsInOnePassCountAsOneReading() {
    liveClient();
    reconcile(
        () -> {
          foundTorn();
          foundTorn();
        });

    assertThat(host.closed()).isEmpty();
  }

  @Test
  void differentTornReadingsAreNotAccepted() {
    liveClient();
    reconcile(this::foundTorn);
    reconcile(() -> client.found(CURL, TCP_ESTABLISHED, r -> r.with("local_isn", 0x8888)));

    assertThat(host.closed()).isEmpty();
  }

  @Test
  void aDifferentPairThatIsNotReadAgainIsForgotten() {
    liveClient();
    reconcile(this::foundTorn);
    reconcile(() -> client.found(CURL, TCP_ESTABLISHED));
    reconcile(this::foundTorn);

    assertThat(host.closed()).isEmpty();
  }

  @Test
  void thePairOfTheCloseEventReplacesATornOne() {
    seed(this::foundTorn);
    client.close(TCP_ESTABLISHED, 104);

    assertThat(host.onlyClosed().pair()).isEqualTo(0x11111111_22222222L);
    assertThat(host.closed())
        .containsExactly("client backfilled descriptor:1001 remote_reset connection_reset");
  }

  // Owners.

  @Test
  void aNewHolderBecomesTheOwnerAndTheFormerOneIsRemembered() {
    liveClient();
    reconcile(
        () -> {
          client.found(CURL, TCP_ESTABLISHED);
          client.found(CHILD, TCP_ESTABLISHED);
        });
    assertThat(onlyRefreshed().owner().key().pid())
        .as("owner while both processes hold it")
        .isEqualTo(1_001);
    reconcile(() -> client.found(CHILD, TCP_ESTABLISHED));

    Connection moved = host.seen.refreshed.getLast();
    assertThat(TrackedHost.describe(moved)).isEqualTo("client live descriptor:1009 unknown");
    assertThat(moved.previousOwner()).isNotNull();
    assertThat(moved.previousOwner().key().pid()).isEqualTo(1_001);
  }

  @Test
  void theOldestOfSeveralHoldersIsTheOwner() {
    seed(
        () -> {
          client.found(CHILD, TCP_ESTABLISHED);
          client.found(CURL, TCP_ESTABLISHED);
        });

    assertThat(onlyRefreshed().owner().key().pid()).isEqualTo(1_001);
  }

  @Test
  void aWorkerThatHoldsTheConnectionReplacesTheListeningMaster() {
    host.kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    server.established();
    assertThat(TrackedHost.describe(host.seen.opened.getFirst()))
        .isEqualTo("server live listener:2001 unknown");
    reconcile(() -> server.found(NGINX_WORKER, TCP_ESTABLISHED));

    assertThat(TrackedHost.describe(onlyRefreshed()))
        .isEqualTo("server live descriptor:2003 unknown");
    assertThat(onlyRefreshed().previousOwner())
        .as("a listener that was only assumed to be the owner is no previous owner")
        .isNull();
  }

  @Test
  void aListenerBelongsToTheProcessThatHoldsItNow() {
    host.kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    reconcile(() -> listens(NGINX_WORKER, 80));
    server.established();

    assertThat(TrackedHost.describe(host.seen.opened.getFirst()))
        .isEqualTo("server live listener:2003 unknown");
  }

  @Test
  void aListenerThatTwoPassesDoNotFindIsRemoved() {
    host.kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    reconcile(() -> listens(NGINX, 80));
    reconcile(() -> {});
    server.established();
    assertThat(host.seen.opened.getLast().owner().isKnown())
        .as("after one pass without it")
        .isTrue();
    reconcile(() -> server.found(NOBODY, TCP_ESTABLISHED));
    host.kernel.server(0x55).peer("10.0.0.1", 40_009).established();

    assertThat(host.seen.opened.getLast().owner().isKnown())
        .as("after two passes without it")
        .isFalse();
  }

  @Test
  void aListenerWithoutADescriptorIsLookedUpBeforeItIsRemoved() {
    host.kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    reconcile(() -> listens(NGINX, 80));
    for (int i = 0; i < 5; i++) {
      begin(Provenance.INFERRED);
      if (missing().contains(0x11L)) {
        listens(NOBODY, 80);
      }
      reconciler.finish(host.kernel.nowNs());
    }
    server.established();

    assertThat(TrackedHost.describe(host.seen.opened.getLast()))
        .isEqualTo("server live listener:2001 unknown");
  }

  @Test
  void anAcceptEventNamesTheOwner() {
    host.kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    server.established();
    server.acceptedBy(NGINX_WORKER);
    server.close(TCP_ESTABLISHED, 104);

    assertThat(host.closed())
        .containsExactly("server live accept:2003 remote_reset connection_reset");
  }

  @Test
  void aFastOpenConnectionCanBeAcceptedBeforeItIsEstablished() {
    server.acceptedBy(NGINX_WORKER);
    server.established();
    server.close(TCP_ESTABLISHED, 104);

    assertThat(host.closed())
        .containsExactly("server live accept:2003 remote_reset connection_reset");
    assertThat(host.seen.opened).hasSize(1);
  }

  @Test
  void anExecChangesTheIdentityOfTheOwner() {
    liveClient();
    host.kernel.announce(new FakeProcess(CURL.pid(), CURL.startTime(), "java"));
    reconcile(() -> client.found(CURL, TCP_ESTABLISHED));

    assertThat(onlyRefreshed().owner().identity().facts().executableName()).isEqualTo("java");
    assertThat(onlyRefreshed().ownerProvenance()).isEqualTo(OwnerProvenance.CONNECT);
  }
}
