package io.netspan.it;

import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the truth table about an agent that comes late, or goes. */
@RequiresRoot
@RequiresProgram({"clang", "make", "bpftool"})
class StartRowsTest {
  private static final int RESTARTS = 20;

  @TempDir private Path folder;

  @Test
  void s1OpenBeforeTheAgentStarts() throws Exception {
    TruthTable.check(Row.S1, Terms.BPF.tracer(), () -> openBefore("S1", "open"));
  }

  @Test
  void s2BlockedInAcceptBeforeTheAgentStarts() throws Exception {
    TruthTable.check(Row.S2, Terms.BPF.tracer(), () -> openBefore("S2", "waiting"));
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

  /** What ended before the agent said that it traces may be missing, but nothing may be double. */
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
        long tracing = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
        workload.goOn();
        workload.awaitWord("at once");
        workload.awaitWord("all");
        workload.goOn();
        Ledger ledger = workload.end();
        Terms terms = Terms.BPF.excusing(entry -> entry.closed() < tracing);
        Verdict verdict = agent.judge(ledger, terms);
        agent.awaitMetrics(
            "none open for ever",
            Duration.ofSeconds(15),
            metrics -> metrics.sum("netspan.connection.active", "server.port=" + port) == 0);
        long ended = ledger.entries().stream().filter(entry -> entry.closed() < tracing).count();
        return verdict.withNote(
            ended + " sides ended before it traced; lost: " + agent.process().stop().lost());
      }
    }
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
