package io.netspan.it;

import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.LedgerEntry;
import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the truth table about an agent that starts late, or ends. */
@RequiresRoot
@RequiresProgram({"clang", "make", "bpftool"})
class StartRowsTest {
  private static final int RESTARTS = 20;
  private static final long ACCEPTED_WITHIN_NS = 10_000_000;

  @TempDir private Path folder;

  @Test
  void s1OpenBeforeTheAgentStarts() throws Exception {
    TruthTable.check(Row.S1, Terms.BPF.tracer(), () -> openBefore("S1", "open"));
  }

  @Test
  void s2BlockedInAcceptBeforeTheAgentStarts() throws Exception {
    TruthTable.check(Row.S2, Terms.BPF.tracer(), () -> openBefore("S2", "waiting"));
  }

  @Test
  void m1Mptcp() throws Exception {
    TruthTable.check(Row.M1, Terms.BPF.tracer(), () -> openBefore("M1", "open"));
  }

  private Verdict openBefore(String row, String word) throws Exception {
    try (Workload workload = Workload.start(folder, row)) {
      workload.awaitWord(word);
      try (WatchedAgent agent = WatchedAgent.start(folder)) {
        workload.goOn();
        return agent.judge(workload.end(), Terms.BPF);
      }
    }
  }

  /**
   * Connections that ended before the agent was attached may be missing, but none may be reported
   * twice. The row goes on during the first pass. Of a connection that began after the attachment,
   * every event is seen.
   */
  @Test
  void s3OpenedAndClosedWhileTheAgentStarts() throws Exception {
    TruthTable.check(Row.S3, Terms.BPF.tracer(), this::whileItStarts);
  }

  private Verdict whileItStarts() throws Exception {
    String port = Integer.toString(Ports.free());
    try (Workload workload = Workload.start(folder, "S3", "--port", port)) {
      workload.awaitWord("open");
      workload.goOn();
      try (WatchedAgent agent = WatchedAgent.start(folder)) {
        long tracing = agent.process().tracesSince();
        workload.goOn();
        workload.awaitWord("at once");
        workload.awaitWord("all");
        workload.goOn();
        Ledger ledger = workload.end();
        Terms terms =
            Terms.BPF
                .excusing(entry -> entry.closed() < tracing)
                .wholly(entry -> began(entry) > tracing);
        Verdict verdict = agent.judge(ledger, terms);
        long unseen =
            agent.in(ledger).stream()
                .filter(one -> one.text("netspan.close.reason").equals("unknown"))
                .count();
        agent.awaitMetrics(
            "none open for ever",
            Duration.ofSeconds(15),
            metrics -> metrics.sum("netspan.connection.active", "server.port=" + port) == 0);
        return verdict
            .and(unseen == 0, unseen + " ends were not seen")
            .withNote(whenTheyEnded(ledger, tracing, agent.process()));
      }
    }
  }

  /** The ledger has the beginning of a server connection only once it has been accepted. */
  private static long began(LedgerEntry entry) {
    return entry.opening() > 0 ? entry.opening() : entry.opened() - ACCEPTED_WITHIN_NS;
  }

  private static String whenTheyEnded(Ledger ledger, long tracing, AgentProcess agent)
      throws InterruptedException {
    long looked = tracing + agent.firstScan().toNanos();
    long before = ledger.entries().stream().filter(entry -> entry.closed() < tracing).count();
    long meanwhile =
        ledger.entries().stream()
            .filter(entry -> entry.closed() >= tracing && entry.closed() < looked)
            .count();
    return "%d sides ended before it traced, %d while it looked at what was open; lost: %s"
        .formatted(before, meanwhile, agent.stop().lost());
  }

  @Test
  void s5KilledAndStartedAgainAndTwoAtOnce() throws Exception {
    TruthTable.check(Row.S5, Terms.BPF.tracer(), this::killedAndStartedAgain);
  }

  private Verdict killedAndStartedAgain() throws Exception {
    for (int i = 0; i < RESTARTS; i++) {
      KernelObjects left;
      try (AgentProcess agent = AgentProcess.start()) {
        left = KernelObjects.of(agent.pid());
        agent.signal("KILL");
      }
      org.awaitility.Awaitility.await("nothing left of agent " + i)
          .atMost(Duration.ofSeconds(5))
          .pollInterval(Duration.ofMillis(50))
          .until(() -> KernelObjects.all().containsNoneOf(left));
    }
    try (WatchedAgent one = WatchedAgent.start(folder);
        WatchedAgent other = WatchedAgent.start(folder)) {
      Ledger ledger = Workload.run(folder, "L1");
      return List.of(one, other).stream()
          .map(agent -> judged(agent, ledger))
          .reduce(Verdict::and)
          .orElseThrow()
          .withNote(RESTARTS + " restarts left nothing in the kernel");
    }
  }

  private static Verdict judged(WatchedAgent agent, Ledger ledger) {
    try {
      return agent.judge(ledger, Terms.BPF);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
