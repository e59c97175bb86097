package io.netspan.it;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.TruthTable;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the truth table that need nothing but a running agent. */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class TruthTest {
  @TempDir private static Path folder = Path.of("");

  private static @Nullable WatchedAgent agent;

  @BeforeAll
  static void start() throws Exception {
    agent = WatchedAgent.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    if (agent != null) {
      agent.close();
    }
  }

  private static WatchedAgent agent() {
    return java.util.Objects.requireNonNull(agent);
  }

  @TestFactory
  Stream<DynamicTest> rows() {
    return Stream.of(
            Row.L1, Row.L2, Row.L3, Row.L4, Row.L5, Row.L6, Row.L7, Row.L8, Row.L12, Row.L17)
        .map(row -> dynamicTest(row + " " + row.title(), () -> check(row)));
  }

  private static void check(Row row) throws Exception {
    TruthTable.check(row, "bpf", () -> agent().judge(row.name()));
  }
}
