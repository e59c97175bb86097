package io.netspan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netspan.bench.machine.Programs;
import io.netspan.bench.result.Result;
import io.netspan.bench.result.Sample;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the whole benchmark for a few seconds. Its figures mean nothing, but its counts are exact.
 */
@Tag("kernel")
final class BenchAgentTest {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  @TempDir Path folder;

  @BeforeAll
  static void requirements() throws IOException, InterruptedException {
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "needs root: it loads programs into the kernel");
    for (String program : List.of("nginx", "wrk", "ip", "bpftool", "clang", "make")) {
      assumeTrue(
          Programs.find(program).isPresent(), "needs " + program + ", not found on the PATH");
    }
    assertThat(
            Programs.run(120, List.of("make", "--silent", "-C", REPOSITORY + "/benchmarks/load")))
        .isEmpty();
  }

  @Test
  @Timeout(300)
  void aShortRunHasAllFiguresAndExactCounts() throws IOException, InterruptedException {
    Run run =
        run(
            "--workloads short,processes,kept,udp --contenders floor,spans-grpc,spans-http",
            "--scale 0.02");
    String text = run.text();
    Result result = run.result();
    assertThat(result.samples())
        .extracting(Sample::workload)
        .containsOnly("short", "processes", "kept", "udp");
    for (String contender : List.of("spans-grpc", "spans-http")) {
      everyConnectionArrivedTwice(figures(result, "short", contender), text);
    }
    assertThat(figures(result, "short", "untraced")).containsOnlyKeys("rate", "p99");
    assertThat(figures(result, "short", "floor"))
        .containsKeys(
            "rate", "full_agent", "full_ns", "full_us", "warm_agent", "warm_us", "rss_mb");
    assertThat(figures(result, "kept", "untraced")).containsOnlyKeys("rate", "p50", "p99", "p999");
    assertThat(figures(result, "udp", "spans-grpc")).containsKeys("rate", "agent", "bpf_ns");
    assertThat(text)
        .contains("short: at full rate", "| floor", "| spans-http")
        .contains("not measured: ebpf_exporter")
        .contains("written to " + folder.resolve("result.json"));
  }

  @Test
  @Timeout(300)
  void openConnectionsStartsAndLongRunsHaveTheirFigures() throws IOException, InterruptedException {
    Run run = run("--workloads bulk,idle,start,soak --contenders none,spans-grpc", "--scale 0.002");
    String text = run.text();
    Result result = run.result();
    assertThat(figures(result, "idle", "none"))
        .containsKeys("pass_ms_1000", "pass_ms_10000", "pass_ms_100000", "rss_mb_100000");
    assertThat(figures(result, "start", "none"))
        .containsKeys("attached_ms_0", "cpu_s_0", "start_ms_100000", "pass_ms_100000");
    assertThat(figures(result, "soak", "spans-grpc"))
        .containsKeys("rss_mb_1", "rss_mb_30", "peak_mb", "delay_p99_ms");
    assertThat(figures(result, "soak", "spans-grpc").get("spans_per_connection"))
        .as(text)
        .isBetween(2.0, 2.1);
    assertThat(figures(result, "bulk", "none")).as(text).isNotEmpty();
  }

  /**
   * What a benchmark printed and wrote.
   *
   * @param text for messages of what is missing
   */
  private record Run(String text, Result result) {}

  /** Runs a small benchmark, of which everything must have been measured. */
  private Run run(String what, String scale) throws IOException, InterruptedException {
    Path file = folder.resolve("result.json");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
    int exitCode =
        Main.run(
            stream,
            stream,
            Stream.of(
                    what,
                    scale,
                    "--rounds 1 --no-warm-up --rate 200 --allow-noise",
                    "--out " + file + " --repository " + REPOSITORY)
                .flatMap(line -> Stream.of(line.split(" ", -1)))
                .toList());
    String text = printed.toString(StandardCharsets.UTF_8);
    // 1 if something else ran meanwhile, which the run says and does not change the counts.
    assertThat(exitCode).as(text).isIn(0, 1);
    Result result = Result.read(file);
    assertThat(result.warnings())
        .as(text)
        .noneMatch(warning -> warning.contains("was not measured"));
    return new Run(text, result);
  }

  /** Connections of other programs on this machine may come in between. */
  private static void everyConnectionArrivedTwice(Map<String, Double> figures, String text) {
    assertThat(figures.get("spans_per_connection")).as(text).isBetween(2.0, 2.1);
    assertThat(figures).as(text).containsEntry("lost", 0.0).containsEntry("spans_lost", 0.0);
    assertThat(figures)
        .containsKeys("cold_agent", "cold_jit", "warm_sum", "full_sink", "peak_mb", "rss_mb");
    assertThat(figures.get("rate")).isPositive();
    assertThat(figures.get("full_us")).isPositive();
  }

  private static Map<String, Double> figures(Result result, String workload, String contender) {
    return result.samples().stream()
        .filter(sample -> sample.workload().equals(workload))
        .filter(sample -> sample.contender().equals(contender))
        .map(Sample::figures)
        .findFirst()
        .orElseThrow();
  }
}
