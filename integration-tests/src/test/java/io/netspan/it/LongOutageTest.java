package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Ledger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The backend is gone under load for longer than spans can wait: memory stays bounded, what is
 * dropped is counted exactly, and all goes on when it is back. For longer:
 *
 * <pre>.make/maven it -pl integration-tests -am -Dtest=LongOutageTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Doutage.seconds=600 test</pre>
 */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class LongOutageTest {
  private static final int RATE = 5_000;
  private static final int GONE_SECONDS = Integer.getInteger("outage.seconds", 15);
  private static final int AROUND_SECONDS = 10;

  /** So that the bound is reached within seconds. */
  private static final String BACKLOG = Integer.getInteger("outage.seconds") == null ? "4M" : "32M";

  private static final long MOST_KB = 420 * 1024;
  private static final int SAMPLES = 20;

  /** Spans of a request at most, as set for the agent. */
  private static final long REQUEST = 2_048;

  @TempDir private Path folder;

  @Test
  void whatCannotWaitIsCounted() throws Exception {
    int backend = Ports.free();
    SpanCount before = new SpanCount(backend);
    List<Long> memory = Collections.synchronizedList(new ArrayList<>());
    try (AgentProcess agent = agent(backend).start();
        Workload workload = load()) {
      await().atMost(Duration.ofSeconds(20)).until(() -> before.spans() > RATE);
      before.close();
      awaitOutage(agent, memory);
      String saidMeanwhile = agent.errors();
      try (SpanCount after = new SpanCount(backend)) {
        Ledger ledger = workload.end();
        await().atMost(Duration.ofSeconds(20)).until(() -> after.spans() > RATE);
        Totals totals = agent.stop();

        report(memory, before, after, totals, agent.errors());
        long dropped = totals.lost("export/backlog_full");
        long unsent = totals.lost("export/unsent");
        assertThat(connections(ledger)).isGreaterThan((long) RATE * GONE_SECONDS / 2);
        assertThat(totals.ended()).isGreaterThanOrEqualTo(2 * connections(ledger));
        assertThat(totals.lostButSteps())
            .matches("export/backlog_full \\d+(, export/unsent \\d+)?");
        assertThat(totals.spansExported() + dropped + unsent).isEqualTo(totals.ended());
        long unanswered = before.spans() + after.spans() - totals.spansExported();
        assertThat(unanswered)
            .as("spans of the request that had no answer when the agent stopped")
            .isBetween(0L, Math.min(unsent, REQUEST));
        assertThat(dropped).isPositive();
        assertThat(memory).allMatch(kb -> kb < MOST_KB);
        assertThat(saidMeanwhile).contains("spans cannot be sent to");
        assertThat(agent.errors()).contains("spans can be sent to").doesNotContain("\tat ");
      }
    } finally {
      before.close();
    }
  }

  /** Without slices of other programs' connections, so that each side has one span. */
  private static AgentProcess.Builder agent(int backend) {
    return AgentProcess.launcher()
        .option("run", "--format", "none", "--active-timeout", "0", "--export-backlog", BACKLOG)
        .environment("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Long.toString(REQUEST))
        .environment("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
        .environment(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:" + backend + "/v1/traces");
  }

  private Workload load() throws Exception {
    String seconds = Integer.toString(GONE_SECONDS + AROUND_SECONDS);
    return Workload.start(
        folder,
        Map.of("NETSPAN_SECONDS", seconds),
        "E2",
        "--port",
        Integer.toString(Ports.free()),
        "--count",
        Integer.toString(RATE));
  }

  private static void awaitOutage(AgentProcess agent, List<Long> memory) {
    Duration length = Duration.ofSeconds(GONE_SECONDS);
    long ends = System.nanoTime() + length.toNanos();
    await("the outage to end")
        .atMost(length.plusSeconds(30))
        .pollInterval(length.dividedBy(SAMPLES))
        .until(
            () -> {
              memory.add(agent.residentKb());
              return System.nanoTime() >= ends;
            });
  }

  private static long connections(Ledger ledger) {
    return Long.parseLong(ledger.notes().getOrDefault("connections", "0"));
  }

  private static void report(
      List<Long> memory, SpanCount before, SpanCount after, Totals totals, String errors) {
    System.out.printf(
        "%d s without a backend: resident MiB %s; %d spans before, %d after; %s%n%s",
        GONE_SECONDS,
        memory.stream().map(kb -> kb / 1024).toList(),
        before.spans(),
        after.spans(),
        totals.line(),
        errors);
  }
}
