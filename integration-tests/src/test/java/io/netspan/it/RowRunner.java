package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;

/** Rows under one agent. Those that take their time are under way from the beginning. */
final class RowRunner implements AutoCloseable {
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

  /** The row as a test of its own, which enters it into the table. */
  DynamicTest test(Row row) {
    return test(row, () -> judge(row.name()));
  }

  static DynamicTest test(Row row, TruthTable.Judged judged) {
    return dynamicTest(
        row + " " + row.title(), () -> TruthTable.check(row, Terms.BPF.tracer(), judged));
  }

  /** Runs the workload's row of this name to its end. */
  Verdict judge(String name) throws IOException, InterruptedException {
    if (!underWay.containsKey(name)) {
      return agent.judge(name);
    }
    try (Workload workload = requireNonNull(underWay.remove(name))) {
      return agent.judge(workload.end(), Terms.BPF);
    }
  }

  @Override
  public void close() throws IOException {
    for (Workload workload : underWay.values()) {
      workload.close();
    }
    agent.close();
  }
}
