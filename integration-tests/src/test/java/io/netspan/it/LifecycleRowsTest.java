package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.Observed;
import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.Verdict;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the truth table that need only a running agent, and each way to end. */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class LifecycleRowsTest {
  private static final Map<String, String> ENDINGS = new LinkedHashMap<>();

  static {
    ENDINGS.put("fin_client", "FIN by the client first");
    ENDINGS.put("fin_server", "FIN by the server first");
    ENDINGS.put("linger_client", "RST by the client: SO_LINGER 0");
    ENDINGS.put("linger_server", "RST by the server: SO_LINGER 0");
    ENDINGS.put("unread_client", "RST by the client: unread data at close");
    ENDINGS.put("unread_server", "RST by the server: unread data at close");
    ENDINGS.put("refused", "refused");
    ENDINGS.put("aborted", "close() while connecting");
    ENDINGS.put("killed_client", "the client's process killed by SIGKILL");
    ENDINGS.put("killed_server", "the server's process killed by SIGKILL");
    ENDINGS.put("destroyed", "destroyed by an administrator, as ss -K does");
    ENDINGS.put("namespace_deleted", "the network namespace deleted");
    ENDINGS.put("host_unreachable", "host unreachable");
    ENDINGS.put("network_unreachable", "network unreachable");
    ENDINGS.put("syn_timeout", "timeout in SYN_SENT");
    ENDINGS.put("keepalive", "keepalive timeout");
    ENDINGS.put("retransmission", "retransmission timeout");
    ENDINGS.put("user_timeout", "TCP_USER_TIMEOUT");
  }

  @TempDir private static Path folder = Path.of("");

  private static @Nullable RowRunner runner;

  @BeforeAll
  static void start() throws Exception {
    runner =
        new RowRunner(
            WatchedAgent.start(folder),
            List.of(
                "L6",
                "L7",
                "L17",
                "L21",
                "host_unreachable",
                "network_unreachable",
                "syn_timeout",
                "keepalive",
                "retransmission",
                "user_timeout",
                "namespace_deleted"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (runner != null) {
      runner.close();
    }
  }

  private static RowRunner runner() {
    return requireNonNull(runner);
  }

  @TestFactory
  Stream<DynamicTest> rows() {
    return Stream.concat(
        Stream.of(Row.L1, Row.L2, Row.L3, Row.L4, Row.L5, Row.L6, Row.L7, Row.L8, Row.L10, Row.L12)
            .map(runner()::test),
        Stream.of(
            RowRunner.test(Row.L13, LifecycleRowsTest::fastOpen),
            runner().test(Row.L17),
            runner().test(Row.L19),
            runner().test(Row.L20),
            runner().test(Row.L21),
            runner().test(Row.L22),
            runner().test(Row.L23),
            runner().test(Row.L24),
            runner().test(Row.W2),
            runner().test(Row.W4),
            RowRunner.test(Row.W5, LifecycleRowsTest::shortLived),
            runner().test(Row.W7),
            RowRunner.test(Row.W11, LifecycleRowsTest::seenFirstWhenTheyEnd),
            runner().test(Row.W12),
            runner().test(Row.W13),
            runner().test(Row.W14)));
  }

  @TestFactory
  Stream<DynamicTest> waysToEnd() {
    return ENDINGS.entrySet().stream()
        .map(ending -> dynamicTest(ending.getValue(), () -> ends(ending.getKey())));
  }

  private static void ends(String name) throws Exception {
    Verdict verdict = runner().judge(name);
    if (!verdict.isGood()) {
      throw new AssertionError(String.join(System.lineSeparator(), verdict.problems()));
    }
  }

  /**
   * Arguments are read from a file in /proc, which disappears with a short-lived process. The
   * server lives longer, so its arguments must be known after half of its connections.
   */
  private static Verdict shortLived() throws Exception {
    try (Workload workload = runner().agent().workload("W5")) {
      Ledger ledger = workload.end();
      Verdict verdict = runner().agent().judge(ledger, Terms.BPF);
      List<Observed> seen =
          ledger.own(runner().agent().in(ledger)).stream()
              .sorted(Comparator.comparingLong(Observed::end))
              .toList();
      List<Observed> servers = seen.stream().filter(one -> one.kind().equals("SERVER")).toList();
      long lacking =
          servers.stream()
              .skip(servers.size() / 2)
              .filter(one -> !one.has("process.command_args"))
              .count();
      long told =
          seen.stream()
              .filter(one -> one.kind().equals("CLIENT") && one.has("process.command_args"))
              .count();
      return verdict
          .and(lacking == 0, lacking + " of the server's connections without its arguments")
          .withNote("arguments of %d of the %d".formatted(told, seen.size() - servers.size()));
    }
  }

  /**
   * If a process ended before it was read from /proc, its path and arguments are those of the
   * program that it was forked from. They are missing only if the process had executed another
   * program.
   */
  private static Verdict seenFirstWhenTheyEnd() throws Exception {
    try (Workload workload = runner().agent().workload("W11")) {
      Ledger ledger = workload.end();
      Verdict verdict = runner().agent().judge(ledger, Terms.BPF);
      List<Observed> lacking =
          ledger.own(runner().agent().in(ledger)).stream()
              .filter(one -> !one.text("process.executable.name").equals("after-exec"))
              .filter(
                  one -> !one.has("process.command_args") || !one.has("process.executable.path"))
              .toList();
      return verdict.and(lacking.isEmpty(), "without path or arguments: " + lacking);
    }
  }

  private static Verdict fastOpen() throws Exception {
    try (Workload workload = runner().agent().workload("L13")) {
      Ledger ledger = workload.end();
      int withData = Integer.parseInt(ledger.notes().getOrDefault("syn_data", "0"));
      return runner()
          .agent()
          .judge(ledger, Terms.BPF)
          .and(withData == ledger.entries().size() / 2, "the kernel sent no data with the SYN")
          .withNote(withData + " with data in the SYN");
    }
  }
}
