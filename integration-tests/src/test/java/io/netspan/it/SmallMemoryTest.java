package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netspan.it.truth.Ledger;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A typical memory limit of a container, and a reader of standard output that does not read. */
@RequiresRoot
@RequiresProgram({"bash", "clang", "make", "tail"})
class SmallMemoryTest {
  private static final long LIMIT = 128L << 20;
  private static final long LIMIT_WITH_EXPORT = 192L << 20;
  private static final String NOWHERE = "http://127.0.0.1:9";
  private static final String RATE = "10000";

  /** Runs the agent with a reader that never reads, and ends with the agent. */
  private static final String NOBODY_READS = "exec \"$@\" > >(exec tail --pid=$$ -f /dev/null)";

  @TempDir private Path folder;

  @Test
  void theAgentUnderLoadStaysWithinTheLimitAndCountsUnprintedLines() throws Exception {
    Optional<MemoryCgroup> made = MemoryCgroup.create(LIMIT);
    assumeTrue(made.isPresent(), "no memory cgroup can be made here");
    try (MemoryCgroup cgroup = made.orElseThrow();
        AgentProcess agent =
            AgentProcess.json()
                .under("bash", "-c", NOBODY_READS, "bash")
                .under(cgroup.entering())
                .start()) {
      String port = Integer.toString(Ports.free());
      Ledger ledger = Workload.run(folder, "E2", "--port", port, "--count", RATE);
      MemoryCgroup.Usage usage = cgroup.usage();

      Totals totals = agent.stop();

      long connections = Long.parseLong(ledger.notes().getOrDefault("connections", "0"));
      System.out.printf(
          "%d MiB: %d connections; %s; %s%n", LIMIT >> 20, connections, usage, totals.line());
      assertThat(totals.ended()).isGreaterThanOrEqualTo(2 * connections);
      assertThat(totals.lost("output/queue_full")).isPositive();
      assertThat(agent.errors()).doesNotContain("OutOfMemory");
    }
  }

  @Test
  void aBackendThatIsDownCostsNoMoreThanTheBacklog() throws Exception {
    Optional<MemoryCgroup> made = MemoryCgroup.create(LIMIT_WITH_EXPORT);
    assumeTrue(made.isPresent(), "no memory cgroup can be made here");
    try (MemoryCgroup cgroup = made.orElseThrow();
        AgentProcess agent =
            AgentProcess.json()
                .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", NOWHERE)
                .under("bash", "-c", NOBODY_READS, "bash")
                .under(cgroup.entering())
                .start()) {
      String port = Integer.toString(Ports.free());
      Ledger ledger =
          Workload.run(
              folder, Map.of("NETSPAN_SECONDS", "30"), "E2", "--port", port, "--count", RATE);
      MemoryCgroup.Usage usage = cgroup.usage();

      Totals totals = agent.stop();

      long connections = Long.parseLong(ledger.notes().getOrDefault("connections", "0"));
      System.out.printf(
          "%d MiB, exporting: %d connections; %s; %s%n",
          LIMIT_WITH_EXPORT >> 20, connections, usage, totals.line());
      assertThat(totals.ended()).isGreaterThanOrEqualTo(2 * connections);
      assertThat(totals.lost("export/backlog_full")).isPositive();
      assertThat(totals.lost("export/failed")).isZero();
      assertThat(agent.errors()).doesNotContain("OutOfMemory");
    }
  }
}
