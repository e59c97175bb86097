package io.netspan.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.netspan.bench.result.Result.Measured;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final Measure RATE =
      Measure.of("at full rate", "rate", "connections/s", 0).against("untraced");

  @TempDir Path folder;

  private static Sample sample(int round, String contender, double rate, String... disturbances) {
    return new Sample(round, "short", contender, Map.of("rate", rate), List.of(disturbances));
  }

  private static Result result(List<String> warnings, Sample... samples) {
    return new Result(
        Result.FORMAT,
        "2026-11-28T01:00:00Z",
        Map.of("CPUs", "2"),
        Map.of("rounds", "3"),
        Map.of("short", List.of(Measured.of(RATE))),
        List.of("tcplife: it is not on the PATH"),
        warnings,
        List.of(samples));
  }

  private static Result threeRounds(double factor) {
    return result(
        List.of(),
        sample(1, "untraced", 30_000),
        sample(1, "none", 27_000 * factor),
        sample(2, "untraced", 20_000),
        sample(2, "none", 19_000 * factor),
        sample(3, "untraced", 31_000),
        sample(3, "none", 28_520 * factor));
  }

  @Test
  void theTableHasMediansRangesAndRatios() {
    assertThat(new Report(threeRounds(1)).describe())
        .contains(
            """
            short: at full rate

            | contender | connections/s          | of untraced         |
            | --------- | ---------------------- | ------------------- |
            | untraced  | 30,000 (20,000-31,000) | 1.000 (1.000-1.000) |
            | none      | 27,000 (19,000-28,520) | 0.920 (0.900-0.950) |
            """)
        .contains("not measured: tcplife: it is not on the PATH")
        .doesNotContain("NOT TO BE TRUSTED");
  }

  @Test
  void whatWasDisturbedIsMarked() {
    Result disturbed =
        result(
            List.of("javac ran"), sample(1, "untraced", 30_000), sample(1, "none", 1, "javac ran"));
    assertThat(new Report(disturbed).describe())
        .startsWith("NOT TO BE TRUSTED: javac ran\n")
        .contains("| none *  ");
  }

  @Test
  void aFileIsReadAsItWasWritten() throws IOException {
    Path file = folder.resolve("result.json");
    threeRounds(1).write(file);
    assertThat(Result.read(file)).isEqualTo(threeRounds(1));
  }

  @Test
  void aComparisonNamesWhatIsOutsideTheRanges() {
    assertThat(new Comparison(threeRounds(1), threeRounds(0.5)).describe())
        .containsPattern(
            "short .*connections/s.* none .* 13,500 \\(9,500-14,260\\) .* 0.500 .*outside")
        .containsPattern("short .*connections/s.* untraced .* 1.000 +\\|  +\\|");
  }

  @Test
  void aFileThatIsNoneIsRefused() throws IOException {
    Path file = folder.resolve("result.json");
    assertThatIOException().isThrownBy(() -> Result.read(file)).withMessageContaining("no file");
    Files.writeString(file, "{\"format\": 1");
    assertThatIOException()
        .isThrownBy(() -> Result.read(file))
        .withMessageContaining("is not a result of make bench-agent");
    Files.writeString(file, "{\"format\": 1}");
    assertThatIOException()
        .isThrownBy(() -> Result.read(file))
        .withMessageContaining("is not a complete result");
    Files.writeString(file, "{\"format\": 7}");
    assertThatIOException().isThrownBy(() -> Result.read(file)).withMessageContaining("format 7");
  }
}
