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
import org.awaitility.core.ConditionTimeoutException;

/** An agent and the backend that it exports to. Thread-safe. */
final class WatchedAgent implements AutoCloseable {
  private static final Duration SPANS_WITHIN = Duration.ofSeconds(10);

  private final Collector collector;
  private final AgentProcess agent;
  private final Path folder;

  /** By network namespace; what the collector got in its first {@link #batches}. */
  private final Map<Long, List<Observed>> seen = new HashMap<>();

  private int batches;

  private WatchedAgent(Collector collector, AgentProcess agent, Path folder) {
    this.collector = collector;
    this.agent = agent;
    this.folder = folder;
  }

  /** Starts both; the agent traces when this returns. */
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
        .option("run", "--format", "none")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
        .environment("OTEL_BSP_SCHEDULE_DELAY", "100")
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "250");
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

  /** The metrics that came last. */
  ReceivedMetrics metrics() {
    return new ReceivedMetrics(collector.latestMetrics());
  }

  /** Waits until metrics that came hold. */
  void awaitMetrics(String what, Duration atMost, Predicate<ReceivedMetrics> condition) {
    await(what)
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> condition.test(metrics()));
  }

  /** Judges a row that has come to its end. */
  Verdict judge(Ledger ledger, Terms terms) throws IOException, InterruptedException {
    awaitSpans(ledger, terms);
    // What was yet to come of the row, such as a double, is before the marker in every queue.
    Ledger marker = Workload.run(folder, "marker");
    awaitSpans(marker, Terms.BPF);
    Instant now = Instant.now();
    return Comparison.of(
        ledger, in(ledger), terms, now.getEpochSecond() * 1_000_000_000 + now.getNano());
  }

  /** Waits until so many collections of metrics have come, each of which has its pass over the sockets. */
  void awaitPasses(int count) {
    int end = collector.collections() + count * COLLECTIONS_PER_PASS;
    await(count + " passes")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> collector.collections() >= end);
  }

  /** What was seen so far in the ledger's namespaces. */
  private synchronized List<Observed> in(Ledger ledger) {
    take();
    List<Observed> all = new ArrayList<>();
    ledger.namespaces().keySet().forEach(netns -> all.addAll(seen.getOrDefault(netns, List.of())));
    return all;
  }

  private void take() {
    int end = collector.batches();
    for (Observed one : collector.observed(batches, end)) {
      seen.computeIfAbsent(one.number("netspan.netns"), netns -> new ArrayList<>()).add(one);
    }
    batches = end;
  }

  /** The comparison says what is missing if they do not come. */
  private void awaitSpans(Ledger ledger, Terms terms) {
    long owed = ledger.entries().stream().filter(terms.mayBeMissing().negate()).count();
    try {
      await(owed + " spans of " + ledger.row())
          .atMost(SPANS_WITHIN)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> ledger.count(in(ledger)) >= owed);
    } catch (ConditionTimeoutException e) {
      System.out.println(e.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    agent.close();
    collector.close();
  }
}
