package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_LISTEN;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** While polling, both sides of a connection find each other by their addresses and ports. */
final class PolledPairsTest {
  private static final long SECOND = 1_000_000_000;
  private static final PolledFacts CLIENT =
      new PolledFacts(0xc, 0, TCP_ESTABLISHED, CURL, false, 40_009, 443, 700, 70);
  private static final PolledFacts SERVER =
      new PolledFacts(0x5, 0, TCP_ESTABLISHED, NGINX, true, 443, 40_009, 70, 700);
  private static final PolledFacts LISTENER =
      new PolledFacts(0x1, 0, TCP_LISTEN, NGINX, false, 443, 0, 0, 0);

  private final List<String> log = new ArrayList<>();
  private final Pairing pairing =
      new Pairing(
          new ConnectionListener() {
            @Override
            public void opened(Connection connection) {}

            @Override
            public void changed(Connection connection) {}

            @Override
            public void refreshed(Connection connection) {}

            @Override
            public void closed(Connection connection) {
              Workload peer = connection.paired().workload();
              log.add(connection.role() + " " + (peer == null ? "-" : peer.key().pid()));
            }
          });
  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              new FakeEnricher()
                  .knows(CURL.pid(), CURL.startTime(), "curl")
                  .knows(NGINX.pid(), NGINX.startTime(), "nginx"),
              Contributors.NONE,
              new Resources(Attributes.empty()),
              WorkloadTable.Completion::run),
          pairing,
          new SplittableRandom(1),
          1_000);
  private final Reconciler reconciler = tracker.reconciler();
  private int looks;

  @BeforeEach
  void release() {
    pairing.releaseTo(tracker::release);
  }

  private void look(PolledFacts... found) {
    looks++;
    reconciler.begin(looks * SECOND, Provenance.POLLED, /* atStart= */ looks == 1);
    for (PolledFacts facts : found) {
      reconciler.found(facts.at(looks * SECOND + 1));
    }
    reconciler.finish(looks * SECOND + 2);
  }

  private void destroyed(PolledFacts last) {
    reconciler.destroyed(last.at(looks * SECOND + 500), looks * SECOND + 500);
  }

  @Test
  void bothSidesOfAConnectionKnowEachOther() {
    look(CLIENT, SERVER, LISTENER);
    destroyed(CLIENT);
    assertThat(log).isEmpty();
    destroyed(SERVER);

    assertThat(log).containsExactly("CLIENT " + NGINX.pid(), "SERVER " + CURL.pid());
  }

  @Test
  void theSideThatEndsFirstWaitsOneSecondAtMost() {
    look(CLIENT, SERVER, LISTENER);
    destroyed(CLIENT);
    reconciler.readUpTo(2 * SECOND + 501);
    assertThat(log).containsExactly("CLIENT " + NGINX.pid());

    destroyed(SERVER);
    assertThat(log).containsExactly("CLIENT " + NGINX.pid(), "SERVER " + CURL.pid());
  }

  @Test
  void aConnectionThatIsNotEstablishedHasNoOtherSide() {
    look(CLIENT.in(TCP_SYN_SENT), LISTENER);
    look(LISTENER);

    assertThat(log).containsExactly("CLIENT -");
  }

  @Test
  void aLaterConnectionWithTheSameEndsIsAnotherOne() {
    look(CLIENT, LISTENER);
    look(LISTENER);
    assertThat(log).containsExactly("CLIENT -");

    look(SERVER, LISTENER);
    destroyed(SERVER);
    assertThat(log).containsExactly("CLIENT -", "SERVER -");
  }
}
