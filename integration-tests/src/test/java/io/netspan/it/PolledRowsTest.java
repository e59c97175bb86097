package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rows of the truth table that hold without the kernel programs: those with connections that
 * stay open for longer than a poll takes.
 */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class PolledRowsTest {
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /** Every tenth poll searches for the holders again. */
  private static final Duration SEARCH_EVERY = LOOK_EVERY.multipliedBy(10);

  /** Row S6 is polling itself; row E4 is about input from the kernel programs and from /proc. */
  private static final EnumSet<Row> PROMISED =
      EnumSet.of(
          Row.L11, Row.L14, Row.L17, Row.M1, Row.S1, Row.S6, Row.W1, Row.W3, Row.W14, Row.E4);

  private static final Duration SEEN_WITHIN = Duration.ofSeconds(10);

  @TempDir private static Path folder = Path.of("");

  private static @Nullable WatchedAgent agent;

  @BeforeAll
  static void start() throws Exception {
    for (Row row : EnumSet.complementOf(PROMISED)) {
      TruthTable.notRun(row, Terms.POLL_HELD.tracer(), "not promised while polling");
    }
    agent = started();
  }

  private static WatchedAgent started() throws Exception {
    return WatchedAgent.start(
        folder, "--tracer", "poll", "--poll-interval", LOOK_EVERY.toMillis() + "ms");
  }

  @AfterAll
  static void stop() throws Exception {
    if (agent != null) {
      agent.close();
    }
  }

  private static WatchedAgent agent() {
    return requireNonNull(agent);
  }

  @TestFactory
  Stream<DynamicTest> rows() {
    return Stream.of(
        test(Row.L11, () -> held("L11", 10_111, 23, "open")),
        test(Row.L14, () -> held("L14", 10_114, 13, "open")),
        test(Row.L17, () -> agent().judge(Workload.run(folder, "L17"), Terms.POLL_HELD)),
        test(Row.M1, () -> openBefore("M1-held")),
        test(Row.S1, () -> openBefore("S1")),
        test(Row.W1, () -> held("W1", 10_121, 7, "accepted", "open")),
        test(Row.W3, () -> held("W3", 10_123, 7, "accepted", "open")),
        test(Row.W14, () -> held("W14-held", 10_134, 14, "open")));
  }

  private static DynamicTest test(Row row, TruthTable.Judged judged) {
    return dynamicTest(
        row + " " + row.title(), () -> TruthTable.check(row, Terms.POLL_HELD.tracer(), judged));
  }

  /** Lets the row continue after each of these words once the holders were searched for twice. */
  private static Verdict held(String row, int port, int count, String... words) throws Exception {
    try (Workload workload = agent().workload(row, "--port", "" + port, "--count", "" + count)) {
      for (String word : words) {
        workload.awaitWord(word);
        agent()
            .awaitMetrics(
                "all open",
                SEEN_WITHIN,
                metrics ->
                    metrics.sum("netspan.connection.active", "server.port=" + port) == 2L * count);
        agent().awaitPasses(SEARCH_EVERY);
        workload.goOn();
      }
      return agent().judge(workload.end(), Terms.POLL_HELD);
    }
  }

  private static Verdict openBefore(String row) throws Exception {
    try (Workload workload = Workload.start(folder, row)) {
      workload.awaitWord("open");
      try (WatchedAgent late = started()) {
        late.awaitPasses(LOOK_EVERY);
        workload.goOn();
        return late.judge(workload.end(), Terms.POLL_HELD);
      }
    }
  }
}
