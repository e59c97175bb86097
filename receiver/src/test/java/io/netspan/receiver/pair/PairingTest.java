package io.netspan.receiver.pair;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PairingTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<String> log = new ArrayList<>();

  /** Notes who is at which end when a connection is reported. */
  private final class Log implements ConnectionListener {
    @Override
    public void opened(Connection connection) {}

    @Override
    public void changed(Connection connection) {}

    @Override
    public void refreshed(Connection connection) {}

    @Override
    public void ended(Connection connection) {
      log.add("ended " + connection.role());
    }

    @Override
    public void closed(Connection connection) {
      Workload peer = connection.paired().workload();
      log.add(
          connection.role()
              + " "
              + connection.owner().identity().service().name()
              + " with "
              + (peer == null ? "-" : peer.identity().service().name()));
    }
  }

  private final Pairing pairing = new Pairing(new Log());
  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              new FakeEnricher(),
              Contributors.NONE,
              new Resources(Attributes.empty()),
              WorkloadTable.Completion::run),
          pairing,
          new SplittableRandom(1),
          100_000);
  private final FakeKernel kernel = new FakeKernel(new EventDecoder(tracker));

  @BeforeEach
  void announce() {
    pairing.releaseTo(tracker::release);
    pairing.listenersBy(tracker::awaited);
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX);
    kernel.announce(FakeProcess.NGINX_WORKER);
  }

  private FakeSocket client(long sk, int isn) {
    FakeSocket client = kernel.client(sk).isns(isn, ~isn);
    client.open(FakeProcess.CURL);
    client.established();
    return client;
  }

  private FakeSocket server(long sk, int isn) {
    FakeSocket server = kernel.server(sk).isns(isn, ~isn);
    server.established();
    return server;
  }

  private void serverCloses(FakeSocket server) {
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);
  }

  private void clientCloses(FakeSocket client) {
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
  }

  @Test
  void bothSidesKnowEachOtherWhicheverEndsFirst() {
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    clientCloses(client);
    assertThat(log).containsExactly("ended CLIENT");
    serverCloses(server);
    assertThat(log)
        .containsExactly("ended CLIENT", "CLIENT curl with nginx", "SERVER nginx with curl");

    log.clear();
    client = client(0xc, 2);
    server = server(0x5, 2);
    serverCloses(server);
    clientCloses(client);
    assertThat(log)
        .containsExactly("ended SERVER", "SERVER nginx with curl", "CLIENT curl with nginx");
  }

  @Test
  void aSideWithoutAnotherDoesNotWait() {
    clientCloses(client(0xc, 1));

    assertThat(log).containsExactly("CLIENT curl with -");
  }

  @Test
  void waitingIsBoundedInTime() {
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    clientCloses(client);
    long now = kernel.nowNs();
    tracker.reportEnds(now + SECOND - 1_000);
    assertThat(log).containsExactly("ended CLIENT");
    tracker.reportEnds(now + SECOND + 1_000);
    assertThat(log).containsExactly("ended CLIENT", "CLIENT curl with -");

    serverCloses(server);
    assertThat(log.getLast()).isEqualTo("SERVER nginx with curl");
    assertThat(log).hasSize(3);
  }

  @Test
  void waitingIsBoundedInNumber() {
    int count = Pairing.MOST_WAITING + 7;
    List<FakeSocket> servers = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      FakeSocket client = client(0x10_0000 + i, i);
      servers.add(server(0x20_0000 + i, i));
      clientCloses(client);
    }

    assertThat(log).filteredOn(line -> line.startsWith("CLIENT")).hasSize(7);
    servers.forEach(this::serverCloses);
    assertThat(log).filteredOn(line -> line.startsWith("CLIENT")).hasSize(count);
    assertThat(log).filteredOn(line -> line.equals("SERVER nginx with curl")).hasSize(count);
  }

  /** The object of a side that was reported first must not be another connection meanwhile. */
  @Test
  void aSideThatWasReportedIsKeptForTheOther() {
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    clientCloses(client);
    tracker.reportEnds(Long.MAX_VALUE);
    for (int i = 100; i < 200; i++) {
      FakeSocket other = kernel.client(i).isns(i, ~i);
      other.open(FakeProcess.NGINX);
      other.established();
      clientCloses(other);
    }
    log.clear();
    serverCloses(server);

    assertThat(log).containsExactly("SERVER nginx with curl");
  }

  @Test
  void aFailedConnectionNamesWhoServedThereBefore() {
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    clientCloses(client);
    serverCloses(server);
    log.clear();

    FakeSocket refused = kernel.client(0xc);
    refused.open(FakeProcess.CURL);
    refused.close(2, 111);
    FakeSocket elsewhere = kernel.client(0xc).peer("10.0.0.2", 81);
    elsewhere.open(FakeProcess.CURL);
    elsewhere.close(2, 111);
    assertThat(log).containsExactly("CLIENT curl with nginx", "CLIENT curl with -");
  }

  /** Who is at the other end of a client of 10.0.0.1 that is refused. */
  private String peerOfRefused(String address, int port) {
    log.clear();
    FakeSocket refused = kernel.client(0xe).peer(address, port);
    refused.open(FakeProcess.CURL);
    refused.close(2, 111);
    assertThat(log).hasSize(1);
    return log.getFirst().replace("CLIENT curl with ", "");
  }

  @Test
  void whoServedIsRememberedForAnHour() {
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    clientCloses(client);
    serverCloses(server);

    kernel.passes(3_500 * SECOND);
    assertThat(peerOfRefused("10.0.0.2", 80)).isEqualTo("nginx");
    kernel.passes(150 * SECOND);
    assertThat(peerOfRefused("10.0.0.2", 80)).isEqualTo("-");
  }

  /** A server that shuts down closes its listener before its connections. */
  @Test
  void whoServesAnOpenConnectionIsKnownFromTheNextPassOn() {
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    kernel.passes(7_200 * SECOND);
    tracker.reconciler().begin(kernel.nowNs(), Provenance.INFERRED);
    client.found(FakeProcess.CURL, TCP_ESTABLISHED, UnaryOperator.identity());
    server.found(FakeProcess.NGINX, TCP_ESTABLISHED, UnaryOperator.identity());
    tracker.reconciler().finish(kernel.nowNs());

    assertThat(peerOfRefused("10.0.0.2", 80)).isEqualTo("nginx");
  }

  @Test
  void aFailedConnectionNamesWhoListensThereOrDidWithinAnHour() {
    kernel.listen(0x11, FakeProcess.NGINX, "10.0.0.2", 80);
    assertThat(peerOfRefused("10.0.0.2", 80)).as("who listens").isEqualTo("nginx");
    assertThat(peerOfRefused("10.0.0.2", 81)).isEqualTo("-");
    kernel.unlisten(0x11, FakeProcess.NGINX);
    kernel.passes(3_500 * SECOND);
    assertThat(peerOfRefused("10.0.0.2", 80)).as("who did").isEqualTo("nginx");
    kernel.passes(150 * SECOND);
    assertThat(peerOfRefused("10.0.0.2", 80)).isEqualTo("-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void whoListensOnAllAddressesIsMeantByTheMachinesOwnOnly(String wildcard) {
    kernel.listen(0x11, FakeProcess.NGINX, wildcard, 80);
    for (boolean listens : new boolean[] {true, false}) {
      assertThat(peerOfRefused("127.0.0.9", 80)).isEqualTo("nginx");
      assertThat(peerOfRefused("10.0.0.1", 80)).as("the client's own").isEqualTo("nginx");
      assertThat(peerOfRefused("10.0.0.2", 80)).as("of another machine").isEqualTo("-");
      if (listens) {
        kernel.unlisten(0x11, FakeProcess.NGINX);
      }
    }
  }

  /** It is nearer to what clients see than a listener at the address, which can be bypassed. */
  @Test
  void whoServedBehindAddressTranslationComesBeforeWhoListens() {
    kernel.listen(0x11, FakeProcess.CURL, "10.0.0.2", 80);
    FakeSocket client = client(0xc, 1);
    FakeSocket server = server(0x5, 1);
    clientCloses(client);
    serverCloses(server);

    assertThat(peerOfRefused("10.0.0.2", 80)).isEqualTo("nginx");
  }

  @Test
  void twoClientsAreNoPair() {
    FakeSocket one = client(0xc, 1);
    FakeSocket other = client(0xd, 1);
    clientCloses(one);
    clientCloses(other);

    assertThat(log).containsExactly("CLIENT curl with -", "CLIENT curl with -");
  }

  /** Such as one that a pass read without the socket's lock, with numbers of another connection. */
  @Test
  void aSideWhosePlaceAnotherOneTookFindsItsOtherSide() {
    FakeSocket one = client(0xc, 1);
    FakeSocket other = client(0xd, 1);
    clientCloses(other);
    one.closesFirst(FakeProcess.CURL);
    FakeSocket server = server(0x5, 1);
    one.close(5);
    log.clear();
    serverCloses(server);

    assertThat(log).containsExactly("CLIENT curl with nginx", "SERVER nginx with curl");
  }

  @Test
  void nothingIsKeptOfWhatHasEnded() {
    for (int round = 0; round < 3; round++) {
      for (int i = 1; i <= 503; i++) {
        FakeSocket client = client(0xc, i);
        FakeSocket server = server(0x5, i);
        clientCloses(client);
        serverCloses(server);
      }
    }

    assertThat(pairing.indexed()).isZero();
    assertThat(tracker.tracked()).isZero();
    assertThat(log).filteredOn(line -> line.contains("with -")).isEmpty();
  }
}
