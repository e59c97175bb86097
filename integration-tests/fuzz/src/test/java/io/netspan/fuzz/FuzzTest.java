package io.netspan.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs a fixed number of inputs from a fixed random seed, so that a commit that passes here passes
 * elsewhere. {@code make fuzz} runs longer; see CONTRIBUTING.md.
 */
final class FuzzTest {
  static Stream<Arguments> seeds() {
    return Stream.of(Target.values())
        .flatMap(
            target ->
                target.seedFiles().stream()
                    .map(file -> Arguments.of(target, file.getFileName().toString())));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aSeedPasses(Target target, String name) throws IOException {
    target.test(Files.readAllBytes(target.seeds().resolve(name)));
  }

  @ParameterizedTest
  @EnumSource
  void fuzzingFindsNothing(Target target) throws IOException, InterruptedException {
    String arch = System.getProperty("os.arch");
    assumeTrue(
        List.of("amd64", "aarch64").contains(arch),
        "Jazzer brings no native part for " + arch + ", but for amd64 and aarch64");

    Jazzer.Result result = Jazzer.run(target);

    System.out.println("fuzz: " + target + ": " + result.lastLines(1));
    record(target, result);
    assertThat(result.found())
        .as(
            """
            %s found an input:
            %s
            Mend it, and keep the input as a seed: cp %s %s/""",
            target.type.getSimpleName(),
            result.lastLines(40),
            result.found(),
            target.seedsInSource())
        .isEmpty();
    assertThat(result.exitCode()).as(result.lastLines(40)).isZero();
    assertThat(result.covered()).as(result.lastLines(40)).isGreaterThan(20);
    assertThat(result.done()).as("inputs run; %s", result.lastLines(40)).isEqualTo(runs(target));
  }

  private static int runs(Target target) {
    return Integer.getInteger("fuzz.runs", target.runs);
  }

  /** Records a line of the truth table; its columns "expected" and "seen" are numbers of inputs. */
  private static void record(Target target, Jazzer.Result result) throws IOException {
    boolean good = result.found().isEmpty() && result.done() == runs(target);
    String line =
        String.join(
            "\t",
            "E4",
            "garbage: events, ring headers, /proc",
            "-",
            target.name().toLowerCase(Locale.ROOT),
            good ? "ok" : "FAILED",
            Integer.toString(runs(target)),
            Integer.toString(result.done()),
            "inputs; edges covered: " + result.covered());
    Files.writeString(
        Files.createDirectories(Path.of("target")).resolve("truth-table.tsv"),
        line + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** Without this, a fuzzer that does not reach the code would also find nothing. */
  @Test
  void theFuzzerFindsADeliberateFault() throws IOException, InterruptedException {
    Jazzer.Result result = Jazzer.run(Trap.class, 2_000_000, List.of());

    assertThat(result.found()).as(result.lastLines(40)).hasSize(1);
    assertThat(Files.readString(Path.of(result.found().getFirst()))).startsWith("sesame");
  }

  /**
   * Random bytes pass this with a probability of 2^-48; coverage guidance passes it byte by byte.
   */
  public static final class Trap {
    private static final byte[] WORD = {'s', 'e', 's', 'a', 'm', 'e'};

    private Trap() {}

    public static void fuzzerTestOneInput(byte[] input) {
      int matched = 0;
      while (matched < Math.min(input.length, WORD.length) && input[matched] == WORD[matched]) {
        matched++;
      }
      switch (matched) {
        case 6 -> throw new IllegalStateException("open");
        case 5 -> mark(5);
        case 4 -> mark(4);
        case 3 -> mark(3);
        case 2 -> mark(2);
        case 1 -> mark(1);
        default -> {}
      }
    }

    private static void mark(int reached) {
      assertThat(reached).isPositive();
    }
  }
}
