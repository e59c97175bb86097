package io.netspan.receiver.udp;

import static io.netspan.receiver.wire.FakeFlows.BOUND;
import static io.netspan.receiver.wire.FakeFlows.CONNECTED;
import static io.netspan.receiver.wire.FakeFlows.OWN;
import static io.netspan.receiver.wire.FakeFlows.SENT_FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.FakeFlows;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FlowTrackerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long IDLE = 60 * SECOND;

  /** Reports: the counts since the last pass as {@code bytes/datagrams}, sent and then received. */
  private final List<String> reported = new ArrayList<>();

  private final List<Flow> ended = new ArrayList<>();
  private final FakeFlows kernel = new FakeFlows();
  private final FlowTracker tracker =
      new FlowTracker(
          kernel,
          new WorkloadTable(
              new FakeEnricher().knows(1_001, 11, "dig").knows(2_002, 22, "unbound"),
              Contributors.NONE,
              new Resources(Attributes.empty()),
              WorkloadTable.Completion::run),
          new FlowListener() {
            @Override
            public void counted(Flow flow) {
              Flow.Counts since = flow.sinceLast();
              reported.add(
                  "%d: %d/%d %d/%d"
                      .formatted(
                          flow.id(),
                          since.bytesSent(),
                          since.datagramsSent(),
                          since.bytesReceived(),
                          since.datagramsReceived()));
            }

            @Override
            public void ended(Flow flow) {
              reported.add(flow.id() + ": " + flow.end().value());
              ended.add(flow);
            }
          },
          IDLE);

  private void pass(long nowNs) {
    tracker.pass(nowNs, nowNs);
  }

  private FakeFlows.Entry question(long socket, long id, long firstNs) {
    return kernel
        .flow(socket, id, firstNs)
        .peer("10.0.0.53", 53)
        .local("10.0.0.7", 40_001)
        .with("tgid", 1_001)
        .with("start_time", 11)
        .with("tid", 1_007)
        .with("flags", SENT_FIRST | CONNECTED)
        .counts(1, 0);
  }

  private FakeFlows.Entry answer(long socket, long id, String local, String peer, int peerPort) {
    return kernel
        .flow(socket, id, SECOND)
        .peer(peer, peerPort)
        .local(local, 53)
        .with("tgid", 2_002)
        .with("start_time", 22)
        .with("tid", 2_002)
        .with("flags", BOUND)
        .counts(1, 1);
  }

  private static int pid(Flow flow) {
    return flow.peerOwner() == null ? 0 : flow.peerOwner().key().pid();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.53, 10.0.0.7, 40001, true",
    "0.0.0.0, 10.0.0.7, 40001, true",
    "10.0.0.54, 10.0.0.7, 40001, false",
    "10.0.0.53, 10.0.0.8, 40001, false",
    "10.0.0.53, 10.0.0.7, 40002, false",
  })
  void bothEndsOfAFlowInOneNamespaceKnowEachOther(
      String local, String peer, int peerPort, boolean paired) {
    question(1, 7, SECOND);
    answer(2, 8, local, peer, peerPort);
    pass(2 * SECOND);
    tracker.stop();

    assertThat(ended).extracting(Flow::id).containsExactlyInAnyOrder(7L, 8L);
    assertThat(ended)
        .extracting(FlowTrackerTest::pid)
        .containsExactlyInAnyOrder(paired ? 1_001 : 0, paired ? 2_002 : 0);
  }

  @Test
  void ofSeveralFlowsThatMatchNoneIsTaken() {
    answer(2, 8, "0.0.0.0", "10.0.0.7", 40_001);
    answer(3, 9, "0.0.0.0", "10.0.0.7", 40_001);
    question(1, 7, SECOND);
    pass(2 * SECOND);
    tracker.stop();

    assertThat(ended).hasSize(3).extracting(FlowTrackerTest::pid).containsOnly(0);
  }

  @Test
  void onlyTheCountsSinceTheLastPassAreReported() {
    FakeFlows.Entry entry = question(1, 7, SECOND);
    pass(2 * SECOND);
    pass(3 * SECOND);
    entry.counts(5, 3).with("last_ns", 3 * SECOND);
    pass(4 * SECOND);

    assertThat(reported).containsExactly("7: 10/1 0/0", "7: 40/4 300/3");
    assertThat(tracker.tracked()).isEqualTo(1);
    assertThat(kernel.flows()).isEqualTo(1);
  }

  @Test
  void aFlowEndsWithItsSocket() {
    question(1, 7, SECOND);
    question(2, 9, SECOND);
    pass(2 * SECOND);
    kernel.closes(1);
    pass(3 * SECOND);

    assertThat(reported).containsExactlyInAnyOrder("7: 10/1 0/0", "9: 10/1 0/0", "7: closed");
    assertThat(kernel.flows()).isEqualTo(1);
    assertThat(kernel.sockets()).isEqualTo(1);
    assertThat(kernel.asked)
        .as("requests to forget; a closed socket is forgotten together with its flows")
        .isEmpty();
    assertThat(ended.getFirst().lastNs()).isEqualTo(SECOND);
  }

  @Test
  void aFlowThatBeganAndEndedBetweenTwoPassesIsReported() {
    question(1, 7, SECOND).counts(3, 3);
    kernel.closes(1);
    pass(2 * SECOND);

    assertThat(reported).containsExactly("7: 30/3 300/3", "7: closed");
    assertThat(kernel.flows()).isZero();
    assertThat(kernel.sockets()).isZero();
    assertThat(tracker.tracked()).isZero();
  }

  @Test
  void anIdleFlowEndsAndIsForgottenByTheKernel() {
    question(1, 7, SECOND);
    question(1, 9, SECOND).peer("10.0.0.54", 53).with("last_ns", 30 * SECOND);
    question(1, 11, SECOND).peer("10.0.0.55", 53).with("last_ns", 2 * SECOND);
    pass(SECOND + IDLE);
    assertThat(ended).isEmpty();

    pass(3 * SECOND + IDLE);
    assertThat(ended).extracting(Flow::id).containsExactlyInAnyOrder(7L, 11L);
    assertThat(ended).allSatisfy(flow -> assertThat(flow.end()).isEqualTo(FlowEnd.IDLE));
    assertThat(kernel.asked).containsExactly("forget 2 flows of 1");
    assertThat(kernel.sockets()).as("sockets, one of which still has a flow").isEqualTo(1);

    pass(31 * SECOND + IDLE);
    assertThat(kernel.flows()).isZero();
    pass(32 * SECOND + IDLE);
    assertThat(kernel.sockets()).isZero();
  }

  @Test
  void theSharedFlowOfTheOtherPeersIsForgottenWhenIdle() {
    question(1, 7, SECOND).with("kind", 2).with("port", 0);
    pass(2 * SECOND + IDLE);

    assertThat(ended).extracting(Flow::peer).containsExactly(FlowPeer.OTHERS);
    assertThat(kernel.asked).containsExactly("forget 1 flows of 1");
  }

  @Test
  void aSocketIsNotForgottenWhenAFlowBeginsDuringThePass() {
    question(1, 7, SECOND);
    pass(2 * SECOND + IDLE);
    kernel.afterFlows(() -> question(1, 9, 3 * SECOND + IDLE).peer("10.0.0.54", 53));
    pass(3 * SECOND + IDLE);
    assertThat(kernel.sockets()).isEqualTo(1);

    kernel.closes(1);
    pass(4 * SECOND + IDLE);
    assertThat(reported).endsWith("9: 10/1 0/0", "9: closed");
    assertThat(kernel.sockets()).isZero();
  }

  @Test
  void aFlowWaitsUntilItsProcessMustHaveBeenAnnounced() {
    question(1, 7, 2 * SECOND);
    kernel.closes(1);
    tracker.pass(3 * SECOND, SECOND);
    assertThat(reported).isEmpty();
    assertThat(kernel.flows()).isEqualTo(1);
    assertThat(kernel.sockets()).as("sockets, since the close must be remembered").isEqualTo(1);

    tracker.pass(4 * SECOND, 2 * SECOND);
    assertThat(reported).containsExactly("7: 10/1 0/0", "7: closed");
  }

  @Test
  void stoppingReportsAllFlows() {
    question(1, 7, SECOND);
    pass(2 * SECOND);
    tracker.stop();

    assertThat(reported).containsExactly("7: 10/1 0/0", "7: stopped");
    assertThat(tracker.tracked()).isZero();
  }

  @Test
  void theAgentsOwnFlowsAreOmittedAtBothEnds() {
    FakeFlows.Entry resolver =
        kernel
            .flow(2, 9, SECOND)
            .peer("10.0.0.7", 40_001)
            .local("10.0.0.53", 53)
            .with("flags", BOUND)
            .counts(1, 1);
    question(1, 7, SECOND).with("flags", SENT_FIRST | CONNECTED | OWN);
    question(3, 11, SECOND).local("10.0.0.7", 40_002);
    pass(2 * SECOND);
    resolver.counts(2, 2);
    kernel.closes(1);
    kernel.closes(2);
    pass(3 * SECOND);

    assertThat(reported).containsExactly("11: 10/1 0/0");
    assertThat(tracker.tracked()).isEqualTo(1);
  }

  @Test
  void aFlowHasTheFactsOfTheKernel() {
    question(1, 7, SECOND)
        .with("exchanges", 3)
        .with("exchange_sum_ns", 600)
        .with("exchange_max_ns", 300)
        .with("errors", 2)
        .with("error", 113);
    pass(2 * SECOND);
    tracker.stop();

    Flow flow = ended.getFirst();
    assertThat(flow.owner().key().pid()).isEqualTo(1_001);
    assertThat(flow.owner().identity().service().name()).isEqualTo("dig");
    assertThat(flow.tid()).isEqualTo(1_007);
    assertThat(flow.error()).isEqualTo(ConnectionError.HOST_UNREACHABLE);
    assertThat(flow.exchanges()).isEqualTo(3);
    assertThat(flow.exchangeSumNs()).isEqualTo(600);
    assertThat(flow.exchangeMaxNs()).isEqualTo(300);
    assertThat(flow.counts().bytesSent()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource({
    "111, CONNECTION_REFUSED",
    "113, HOST_UNREACHABLE",
    "101, NETWORK_UNREACHABLE",
    "13, ACCESS_DENIED",
    "1, ACCESS_DENIED",
  })
  void anErrnoBecomesAConnectionError(int errno, ConnectionError error) {
    question(1, 7, SECOND).with("errors", 1).with("error", errno);
    pass(2 * SECOND);
    tracker.stop();

    assertThat(ended.getFirst().error()).isEqualTo(error);
  }

  /** Columns: flags, local port, port of the peer, role, port of the server. */
  @ParameterizedTest
  @CsvSource({
    "1, 40001, 53, CLIENT, 53", // sendto
    "3, 40001, 53, CLIENT, 53", // connect, send
    "4, 53, 40001, SERVER, 53",
    "6, 53, 40001, SERVER, 53", // a server that connects to its client
    "0, 40001, 40002, INTERNAL, 0",
    "5, 5060, 5060, INTERNAL, 0",
    "7, 5060, 514, CLIENT, 514",
    "5, 5060, 514, INTERNAL, 0", // not connected: a server that sends first
    "7, 123, 123, INTERNAL, 0",
  })
  void theRolesFollowFromFlagsAndPorts(
      int flags, int localPort, int peerPort, FlowRole role, int serverPort) {
    question(1, 7, SECOND)
        .local("10.0.0.7", localPort)
        .peer("10.0.0.53", peerPort)
        .with("flags", flags);
    pass(2 * SECOND);
    tracker.stop();

    assertThat(ended.getFirst().role()).isEqualTo(role);
    assertThat(ended.getFirst().serverPort()).isEqualTo(serverPort);
  }
}
