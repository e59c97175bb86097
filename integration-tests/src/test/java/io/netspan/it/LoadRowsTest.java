package io.netspan.it;

import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.Observed;
import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rows of the truth table with very many connections, and with an agent that cannot keep up.
 */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class LoadRowsTest {
  private static final Duration HEALED_WITHIN = Duration.ofSeconds(10);
  private static final int HELD = 23;
  private static final int OPEN = 100_003;
  private static final int REFUSED = 100_003;

  /** Bytes of the smallest object and its entry in a table. */
  private static final long KEPT_OF_EACH = 32;

  private static final String SECONDS = "60";

  /** Samples few spans, so that the exporter's queue does not overflow. */
  private static final Map<String, String> ALL_SPANS = Map.of("OTEL_BSP_MAX_QUEUE_SIZE", "262144");

  private static final Map<String, String> FEW_SPANS =
      Map.of("OTEL_TRACES_SAMPLER", "traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.01");

  @TempDir private Path folder;

  private final String port = Integer.toString(Ports.free());

  @Test
  void l9VeryManyRefusedConnectsThenAGoodOne() throws Exception {
    TruthTable.check(Row.L9, Terms.BPF.tracer(), this::refused);
  }

  private Verdict refused() throws Exception {
    try (WatchedAgent agent = WatchedAgent.start(folder, ALL_SPANS)) {
      growBuffers(agent);
      long before = agent.process().liveHeapKb();
      Verdict verdict = agent.judge("L9", "--port", port, "--count", "" + REFUSED);
      awaitCounted(agent, port);
      ReceivedMetrics metrics = agent.metrics();
      long refused =
          metrics.sum(
              "netspan.connections", "server.port=" + port, "error.type=connection_refused");
      long tracked = metrics.sum("netspan.agent.tracked");
      long kept = keptOf(agent.process(), before);
      return verdict
          .and(kept < REFUSED * KEPT_OF_EACH, kept + " bytes more of the heap are alive")
          .and(refused == REFUSED, refused + " refused in the metrics")
          .and(tracked < 1_000, tracked + " connections still tracked")
          .withNote(
              "%d KB more of the heap alive, %d MB resident, lost: %s"
                  .formatted(kept / 1_024, agent.process().residentKb() / 1_024, agent.lost()));
    }
  }

  /** Lets the buffers for export and printing grow first; they keep some MiB. */
  private void growBuffers(WatchedAgent agent) throws Exception {
    String another = Integer.toString(Ports.free());
    Workload.run(folder, "L9", "--port", another, "--count", "" + REFUSED);
    awaitCounted(agent, another);
  }

  private static void awaitCounted(WatchedAgent agent, String port) {
    agent.awaitMetrics(
        "all connections counted",
        HEALED_WITHIN,
        metrics -> metrics.sum("netspan.connections", "server.port=" + port) >= REFUSED + 2L);
  }

  /**
   * Returns the additional bytes that stay alive after export and printing have finished. A leak of
   * the connections themselves would remain.
   */
  private static long keptOf(AgentProcess agent, long beforeKb) {
    AtomicLong kept = new AtomicLong();
    try {
      await("the heap to shrink to its former size")
          .atMost(HEALED_WITHIN)
          .until(
              () -> {
                kept.set(1_024 * (agent.liveHeapKb() - beforeKb));
                return kept.get() < REFUSED * KEPT_OF_EACH;
              });
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      // The verdict reports the size.
    }
    return kept.get();
  }

  @Test
  void l15ShortConnectionsOnAllCpus() throws Exception {
    TruthTable.check(Row.L15, Terms.BPF.tracer(), this::shortConnections);
  }

  private Verdict shortConnections() throws Exception {
    try (WatchedAgent agent = WatchedAgent.start(folder)) {
      Ledger ledger = Workload.run(folder, "L15");
      Verdict verdict = agent.judge(ledger, Terms.BPF);
      List<Observed> seen = ledger.own(agent.in(ledger));
      long first = seen.stream().mapToLong(Observed::start).min().orElse(0);
      long last = seen.stream().mapToLong(Observed::end).max().orElse(0);
      double lasted = (last - first) / 1e9;
      return verdict
          .and(lasted < seconds(ledger) + 0.5, "by the spans it lasted %.3f s".formatted(lasted))
          .withNote(rate(ledger) + ", lost: " + agent.lost());
    }
  }

  @Test
  void l18PacketsSteeredBetweenCpus() throws Exception {
    TruthTable.check(Row.L18, Terms.BPF.tracer(), this::steered);
  }

  /**
   * On a kernel that exempts a process from BPF programs, some events are missed, and each is
   * counted. A connection with a missed event is inferred, or is not reported if both its first and
   * last are.
   */
  private Verdict steered() throws Exception {
    try (WatchedAgent agent = WatchedAgent.start(folder, "--snapshot-interval", "1s")) {
      Ledger ledger = Workload.run(folder, "L18");
      agent.judge(ledger, Terms.BPF.excusing(entry -> true)); // waits until all spans have arrived
      agent.awaitPasses(Duration.ofSeconds(1)); // the passes end connections whose end was missed
      Verdict verdict = agent.judge(ledger, Terms.BPF.excusing(entry -> true));
      long missing = ledger.entries().size() - verdict.seen();
      long inferred =
          agent.in(ledger).stream()
              .filter(one -> one.text("netspan.provenance").equals("inferred"))
              .count();
      Totals totals = agent.process().stop();
      long counted = totals.lost("tracker/step_unseen");
      return verdict
          .and(
              counted >= inferred + 2 * missing,
              "%d are inferred, %d missing, %d steps counted".formatted(inferred, missing, counted))
          .withNote(
              "%s, inferred %d, missing %d, steps counted %d"
                      .formatted(rate(ledger), inferred, missing, counted)
                  + "; "
                  + totals.line());
    }
  }

  private static String rate(Ledger ledger) {
    double seconds = seconds(ledger);
    long connections = connections(ledger);
    return "%d in %.1f s, %.0f/s".formatted(connections, seconds, connections / seconds);
  }

  private static double seconds(Ledger ledger) {
    return Double.parseDouble(ledger.notes().getOrDefault("seconds", "0"));
  }

  private static long connections(Ledger ledger) {
    return Long.parseLong(ledger.notes().getOrDefault("connections", "0"));
  }

  @Test
  void s4TheRingOverflows() throws Exception {
    TruthTable.check(Row.S4, Terms.BPF.tracer(), this::overflow);
  }

  private Verdict overflow() throws Exception {
    try (AgentProcess witness = witness();
        WatchedAgent agent =
            WatchedAgent.start(
                folder, ALL_SPANS, "--ring-size", "64K", "--snapshot-interval", "500ms");
        Workload workload = Workload.start(folder, "S4", "--port", port)) {
      workload.awaitWord("before");
      awaitActive(agent, 2 * 2 * HELD);
      agent.process().pause();
      workload.goOn();
      workload.awaitWord("after");
      agent.process().resume();
      awaitActive(agent, 2 * 2 * HELD);
      workload.goOn();
      Ledger ledger = workload.end();
      Terms terms = Terms.BPF.excusing(entry -> entry.what().equals("short"));
      Verdict verdict = agent.judge(ledger, terms);
      long sides = ledger.entries().size();
      return verdict.and(
          checkSum(witness, agent, sides, ended(agent.metrics()), ledger.own(agent.in(ledger))));
    }
  }

  /** Starts an agent with a large enough ring and without own connections. */
  private static AgentProcess witness() throws IOException {
    return AgentProcess.launcher()
        .option("run", "--format", "none", "--ring-size", "256M")
        .environment("OTEL_TRACES_EXPORTER", "none")
        .environment("OTEL_METRICS_EXPORTER", "none")
        .start();
  }

  /**
   * Compares the ends that were seen and those that were lost with the connections of the test. The
   * witness reports the other connections of this machine; only those may be among the losses as
   * well. A connection whose end was lost, but not its beginning, is still reported, without a
   * reason.
   */
  private Verdict checkSum(
      AgentProcess witness, WatchedAgent agent, long sides, long ended, List<Observed> seen)
      throws InterruptedException {
    long complete =
        seen.stream().filter(one -> !one.text("netspan.close.reason").equals("unknown")).count();
    Totals totals = agent.process().stop();
    long lost = totals.lost("kernel/ring_full_tcp_close");
    Totals all = witness.stop();
    long foreign = all.ended() - sides - (totals.ended() - complete);
    return new Verdict(0, 0, List.of(), "")
        .and(all.lost().equals("nothing"), "lost by the witness: " + all.lost())
        .and(foreign >= 0, "the witness saw only " + all.ended())
        .and(lost > 0, "nothing was lost: the ring did not overflow")
        .and(
            complete + lost >= sides && complete + lost <= sides + foreign,
            "%d ends seen and %d lost are not %d; %d are others'"
                .formatted(complete, lost, sides, foreign))
        .withNote(
            "%d ends seen, %d inferred, %d lost, %d of others"
                .formatted(complete, ended - complete, lost, foreign));
  }

  private long ended(ReceivedMetrics metrics) {
    return metrics.sum("netspan.connections", "server.port=" + port);
  }

  private void awaitActive(WatchedAgent agent, long sides) {
    agent.awaitMetrics(
        sides + " sides open",
        HEALED_WITHIN,
        metrics -> metrics.sum("netspan.connection.active", "server.port=" + port) == sides);
  }

  @Test
  void e2VeryManyConnectionsASecond() throws Exception {
    TruthTable.check(Row.E2, Terms.BPF.tracer(), () -> sustained().and(readerStopped()));
  }

  private Verdict sustained() throws Exception {
    try (WatchedAgent agent = WatchedAgent.start(folder, FEW_SPANS)) {
      Ledger ledger = load(SECONDS).end();
      long sides = 2 * connections(ledger);
      awaitEnded(agent, sides);
      ReceivedMetrics metrics = agent.metrics();
      long ended = ended(metrics);
      long sent =
          metrics.sum(
              "netspan.connection.io",
              "server.port=" + port,
              "netspan.role=client",
              "network.io.direction=transmit");
      Totals totals = agent.process().stop();
      return new Verdict(sides, ended, List.of(), "")
          .and(ended == sides, ended + " sides ended of " + sides)
          .and(sent == 7 * sides / 2, sent + " bytes sent instead of " + 7 * sides / 2)
          .and(totals.lost().equals("nothing"), "lost: " + totals.lost())
          .withNote(rate(ledger));
    }
  }

  private Workload load(String seconds) throws IOException {
    return Workload.start(
        folder, Map.of("NETSPAN_SECONDS", seconds), "E2", "--port", port, "--count", "20000");
  }

  private void awaitEnded(WatchedAgent agent, long sides) {
    try {
      agent.awaitMetrics(sides + " sides ended", HEALED_WITHIN, metrics -> ended(metrics) >= sides);
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      System.out.println(e.getMessage());
    }
  }

  private Verdict readerStopped() throws Exception {
    try (AgentProcess witness = witness();
        WatchedAgent agent =
            WatchedAgent.start(
                folder, ALL_SPANS, "--ring-size", "1M", "--snapshot-interval", "1s");
        Workload workload = load("9")) {
      await("load")
          .atMost(HEALED_WITHIN)
          .until(() -> agent.metrics().sum("netspan.connections", "server.port=" + port) > 1_000);
      agent.process().pause();
      long stopped = System.nanoTime();
      await("5 s").until(() -> System.nanoTime() - stopped >= 5_000_000_000L);
      agent.process().resume();
      Ledger ledger = workload.end();
      long sides = 2 * connections(ledger);
      agent.awaitMetrics(
          "none open",
          HEALED_WITHIN,
          metrics -> metrics.sum("netspan.connection.active", "server.port=" + port) == 0);
      agent.awaitPasses(Duration.ofSeconds(1));
      long ended = ended(agent.metrics());
      await("one span of each side")
          .atMost(HEALED_WITHIN)
          .until(() -> agent.in(ledger).size() >= ended);
      return new Verdict(sides, ended, List.of(), "stopped for 5 s: " + rate(ledger))
          .and(checkSum(witness, agent, sides, ended, agent.in(ledger)));
    }
  }

  @Test
  void e3VeryManyOpenAtOnce() throws Exception {
    TruthTable.check(Row.E3, Terms.BPF.tracer(), this::openAtOnce);
  }

  /** Measures an agent with the same settings while no connection of the row is open. */
  private long residentKbAtRest() throws Exception {
    try (WatchedAgent agent = WatchedAgent.start(folder, FEW_SPANS, "--snapshot-interval", "2s")) {
      agent.awaitPasses(Duration.ofSeconds(2));
      return agent.process().residentKb();
    }
  }

  private Verdict openAtOnce() throws Exception {
    long user = residentKbAtRest();
    try (Workload workload = Workload.start(folder, "E3", "--port", port, "--count", "" + OPEN)) {
      workload.awaitWord("open");
      long kernelBefore = kernelKb();
      try (WatchedAgent agent =
          WatchedAgent.start(folder, FEW_SPANS, "--snapshot-interval", "2s")) {
        awaitActive(agent, 2L * OPEN);
        agent.awaitPasses(Duration.ofSeconds(2));
        long open = agent.metrics().sum("netspan.connection.active", "server.port=" + port);
        long userPer = (agent.process().residentKb() - user) * 1024 / OPEN;
        long kernelPer = (kernelKb() - kernelBefore) * 1024 / OPEN;
        workload.goOn();
        double seconds = seconds(workload.end());
        awaitEnded(agent, 2L * OPEN);
        long ended = ended(agent.metrics());
        Totals totals = agent.process().stop();
        return new Verdict(2L * OPEN, open, List.of(), "")
            .and(open == 2L * OPEN, open + " open in the snapshot")
            .and(ended == 2L * OPEN, ended + " ended")
            .withNote(
                "per connection (2 sides): %d bytes of the agent, %d of the kernel; opened in %.1f s; lost at the end: %s"
                    .formatted(userPer, kernelPer, seconds, totals.lost()));
      }
    }
  }

  /** Returns the slab and per-CPU memory of the kernel, which includes socket storage and maps. */
  private static long kernelKb() throws IOException {
    return Files.readAllLines(Path.of("/proc/meminfo")).stream()
        .filter(line -> line.startsWith("SUnreclaim:") || line.startsWith("Percpu:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
        .sum();
  }
}
