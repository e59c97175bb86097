package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;

/** Runs rows under one agent. Slow rows are started at the beginning. */
final class RowRunner implements AutoCloseable {
  private static final int MOST_REPEATS = 3;

  private final WatchedAgent agent;
  private final Map<String, Workload> underWay = new HashMap<>();

  RowRunner(WatchedAgent agent, List<String> slow) throws IOException {
    this.agent = agent;
    for (String name : slow) {
      underWay.put(name, agent.workload(name));
    }
  }

  WatchedAgent agent() {
    return agent;
  }

  /** Returns a test that runs the row and enters it into the table. */
  DynamicTest test(Row row) {
    return test(row, () -> judge(row.name()));
  }

  static DynamicTest test(Row row, TruthTable.Judged judged) {
    return dynamicTest(
        row + " " + row.title(), () -> TruthTable.check(row, Terms.BPF.tracer(), judged));
  }

  /**
   * Runs the workload's row of this name to its end. On a kernel that exempts a process from BPF
   * programs, steps of any process's connections can be missed (guarantees.md, best effort), most
   * likely those that a timer takes. The agent counts them; the row is then repeated, with a
   * message, up to {@link #MOST_REPEATS} times. A failed run without such a step is final.
   */
  Verdict judge(String name) throws IOException, InterruptedException {
    long unseenBefore = underWay.containsKey(name) ? 0 : unseen();
    Verdict verdict = judgeOnce(name);
    for (int repeats = 0; !verdict.isGood() && repeats < MOST_REPEATS; repeats++) {
      agent.awaitPasses(Duration.ZERO); // waits until its counts have been exported
      long unseen = unseen() - unseenBefore;
      if (unseen == 0) {
        return verdict;
      }
      System.out.printf(
          "%s: the kernel hid %d steps, so it is repeated: %s%n",
          name, unseen, verdict.problems().getFirst());
      unseenBefore += unseen;
      verdict = agent.judge(name);
    }
    return verdict;
  }

  private Verdict judgeOnce(String name) throws IOException, InterruptedException {
    if (!underWay.containsKey(name)) {
      return agent.judge(name);
    }
    try (Workload workload = requireNonNull(underWay.remove(name))) {
      return agent.judge(workload.end(), Terms.BPF);
    }
  }

  private long unseen() {
    return agent.lost().getOrDefault("step_unseen", 0L);
  }

  @Override
  public void close() throws IOException {
    for (Workload workload : underWay.values()) {
      workload.close();
    }
    agent.close();
  }
}
