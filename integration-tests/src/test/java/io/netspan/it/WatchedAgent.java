package io.netspan.it;

import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Comparison;
import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.Observed;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** An agent and the backend that it exports to. Thread-safe. */
final class WatchedAgent implements AutoCloseable {
  private static final Duration SPANS_WITHIN = Duration.ofSeconds(10);

  private static final int METRICS_MS = 250;

  private final Collector collector;
  private final AgentProcess agent;
  private final Path folder;

  /** Sides by network namespace, from the first {@link #batches} of the collector. */
  private final Map<Long, List<Observed>> seen = new HashMap<>();

  private int batches;

  private WatchedAgent(Collector collector, AgentProcess agent, Path folder) {
    this.collector = collector;
    this.agent = agent;
    this.folder = folder;
  }

  /** Starts both, and returns when the agent traces. */
  static WatchedAgent start(Path folder, String... options) throws IOException {
    return start(folder, Map.of(), options);
  }

  static WatchedAgent start(Path folder, Map<String, String> environment, String... options)
      throws IOException {
    Collector collector = new GrpcCollector();
    try {
      AgentProcess.Builder builder = builder(collector).option(options);
      environment.forEach(builder::environment);
      return new WatchedAgent(collector, builder.start(), folder);
    } catch (IOException | RuntimeException | Error e) {
      collector.close();
      throw e;
    }
  }

  private static AgentProcess.Builder builder(Collector collector) {
    return AgentProcess.launcher()
        .option("run", "--format", "none", "--active-timeout", "0")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
        .environment("OTEL_BSP_SCHEDULE_DELAY", "100")
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "" + METRICS_MS);
  }

  AgentProcess process() {
    return agent;
  }

  /** Starts a row. */
  Workload workload(String... words) throws IOException {
    return Workload.start(folder, words);
  }

  /** Runs a row that does not wait, and judges it. */
  Verdict judge(String... words) throws IOException, InterruptedException {
    return judge(Workload.run(folder, words), Terms.BPF);
  }

  /** Returns the collections of metrics, in order. */
  List<ReceivedMetrics> allMetrics() {
    return collector.allMetrics();
  }

  /** Returns the latest metrics. */
  ReceivedMetrics metrics() {
    return new ReceivedMetrics(collector.latestMetrics());
  }

  /** Waits until the latest metrics satisfy a condition. */
  void awaitMetrics(String what, Duration atMost, Predicate<ReceivedMetrics> condition) {
    await(what)
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> condition.test(metrics()));
  }

  /** Judges a row that has ended. */
  Verdict judge(Ledger ledger, Terms terms) throws IOException, InterruptedException {
    awaitSpans(ledger, terms);
    if (terms.polled()) {
      awaitPasses(Duration.ofMillis(METRICS_MS)); // a duplicate would be reported by the next poll
    } else {
      // Anything outstanding, such as a duplicate, precedes the marker in every queue.
      Ledger marker = Workload.run(folder, "marker");
      awaitSpans(marker, Terms.BPF);
    }
    Instant now = Instant.now();
    return Comparison.of(
        ledger,
        in(ledger),
        terms.of(agent.errors()),
        now.getEpochSecond() * 1_000_000_000 + now.getNano());
  }

  /**
   * Waits until at least two passes over the open sockets with this interval have begun and been
   * exported.
   */
  void awaitPasses(Duration interval) {
    long collections = 2 * interval.toMillis() / METRICS_MS + 2;
    int end = collector.collections() + (int) collections;
    await("passes")
        .atMost(SPANS_WITHIN.plus(interval.multipliedBy(2)))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> collector.collections() >= end);
  }

  /** Returns the sides seen so far in the ledger's namespaces. */
  synchronized List<Observed> in(Ledger ledger) {
    take();
    List<Observed> all = new ArrayList<>();
    ledger.namespaces().keySet().forEach(netns -> all.addAll(seen.getOrDefault(netns, List.of())));
    return all;
  }

  /** Returns the sides seen so far of connections to this port, in any namespace. */
  synchronized List<Observed> sides(int serverPort) {
    take();
    return seen.values().stream()
        .flatMap(List::stream)
        .filter(side -> side.number("server.port") == serverPort)
        .toList();
  }

  private void take() {
    int end = collector.batches();
    for (Observed one : collector.observed(batches, end)) {
      seen.computeIfAbsent(one.number("netspan.netns"), netns -> new ArrayList<>()).add(one);
    }
    batches = end;
  }

  /** Waits for spans for as long as more arrive; the comparison reports missing ones. */
  private void awaitSpans(Ledger ledger, Terms terms) {
    long owed = ledger.entries().stream().filter(terms.mayBeMissing().negate()).count();
    Progress progress = new Progress();
    await(owed + " spans of " + ledger.row())
        .atMost(SPANS_WITHIN.multipliedBy(12))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> (long) ledger.own(in(ledger)).size(),
            count -> count >= owed || progress.isOver(count));
  }

  /** Detects that no more spans arrive. */
  private static final class Progress {
    private long last = -1;
    private long sinceNs;

    boolean isOver(long count) {
      if (count != last) {
        last = count;
        sinceNs = System.nanoTime();
      }
      return System.nanoTime() - sinceNs > SPANS_WITHIN.toNanos();
    }
  }

  /** Returns the losses so far, under the names of the totals. */
  Map<String, Long> lost() {
    return metrics().sums("netspan.agent.lost", "reason");
  }

  @Override
  public void close() throws IOException {
    agent.close();
    collector.close();
  }
}
