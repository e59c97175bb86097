package io.netspan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.workload.Workload;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MainTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          --rounds 0        | --rounds takes a whole number from 1 to 1000, not '0'
          --rounds five     | --rounds takes a whole number from 1 to 1000, not 'five'
          --scale -1        | --scale takes a number above 0, up to 100, not '-1'
          --rate 3          | --rate takes a whole number from 10 to 100000, not '3'
          --rounds          | '--rounds' is no option, or lacks its value
          --colour red      | there is no option '--colour'
          --workloads shrt  | there is no workload 'shrt'; there are short, kept,
          --contenders perf | there is no contender 'perf'; there are untraced, empty,
          """)
  void aWrongArgumentIsNamedWithWhatWouldBeRight(String arguments, String message)
      throws InterruptedException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(Main.run(stream, stream, List.of(arguments.split(" ", -1)))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("bench-agent: " + message)
        .contains("usage: make bench-agent");
  }

  @Test
  void theReferencesAlwaysTakePart() throws UsageException {
    Options options = Options.parse(List.of("--contenders", "none", "--workloads", "kept,short"));
    assertThat(options.contenders())
        .extracting(Contender::name)
        .containsExactly("untraced", "empty", "none");
    assertThat(options.workloads()).extracting(Workload::name).containsExactly("short", "kept");
  }

  @Test
  void aComparisonTakesTwoFiles() throws InterruptedException {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(Main.run(stream, stream, List.of("compare", "one.json"))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("bench-agent: a comparison takes two files");
  }
}
