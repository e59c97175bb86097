package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Two agents on one machine, one of which is killed. */
@RequiresRoot
@RequiresProgram("bpftool")
class TwoAgentsTest {
  private static final int CONNECTIONS = 211;

  @Test
  void bothAgentsReportAllAndTheKilledOneLeavesNothingInTheKernel() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (AgentProcess killed = AgentProcess.start();
        AgentProcess other = AgentProcess.start();
        Server server = Server.start(loopback)) {
      server.connectFromHere(loopback, CONNECTIONS);
      killed.awaitSides(server.port(), 2 * CONNECTIONS);
      other.awaitSides(server.port(), 2 * CONNECTIONS);
      assertThat(ids(killed, server)).hasSize(2 * CONNECTIONS).isEqualTo(ids(other, server));
      KernelObjects ofKilled = KernelObjects.of(killed.pid());
      KernelObjects ofOther = KernelObjects.of(other.pid());
      System.out.println("two agents: " + ofKilled + " and " + ofOther);
      assertThat(ofKilled.programs()).isNotEmpty();
      assertThat(ofKilled.links()).isNotEmpty();
      assertThat(ofOther.containsNoneOf(ofKilled)).isTrue();
      assertThat(KernelObjects.all().containsAll(ofKilled)).isTrue();

      killed.signal("KILL");

      await("the kernel objects of the killed agent to disappear")
          .atMost(Duration.ofSeconds(1))
          .pollInterval(Duration.ofMillis(50))
          .until(() -> KernelObjects.all().containsNoneOf(ofKilled));
      assertThat(KernelObjects.all().containsAll(ofOther)).isTrue();
      server.connectFromHere(loopback, 1);
      other.awaitSides(server.port(), 2 * CONNECTIONS + 2);
      assertThat(other.stop().lost()).isEqualTo("nothing");
    }
  }

  /** Returns kind and connection id of each side; a duplicate would make the set too small. */
  private static Set<String> ids(AgentProcess agent, Server server) {
    return agent.sides(server.port()).stream()
        .map(side -> side.text("kind") + " " + side.id())
        .collect(Collectors.toSet());
  }
}
