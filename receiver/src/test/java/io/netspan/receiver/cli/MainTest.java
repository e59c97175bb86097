package io.netspan.receiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class MainTest {
  @ParameterizedTest
  @CsvSource({
    "'', run",
    "--format json, run --format json",
    "--include-self, run --include-self",
    "run, run",
    "run --format json, run --format json",
    "doctor, doctor",
    "version, version",
    "help run, help run",
    "-h, -h",
    "--help, --help",
    "-V, -V",
    "--version, --version",
    "no-such-command, no-such-command",
  })
  void optionsWithoutACommandAreThoseOfRun(String given, String executed) {
    String[] arguments = given.isEmpty() ? new String[0] : given.split(" ", -1);

    assertThat(String.join(" ", Main.withDefault(arguments))).isEqualTo(executed);
  }

  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    CommandLine command = Main.commandLine();
    command.setErr(new PrintWriter(err, true));
    return command.execute(arguments);
  }

  @ParameterizedTest
  @CsvSource({
    "run --format yaml, yaml",
    "run --lines-per-second many, many",
    "run --no-such-option, --no-such-option",
    "no-such-command, no-such-command",
    "run --ring-size, --ring-size",
    // Rejected by the settings, before anything is started.
    "run --ring-size 5, power of two",
    "run --ring-size x, --ring-size is 'x'",
    "run --max-connections 0, --max-connections is 0",
    "run --lines-per-second=-1, --lines-per-second is -1",
    "run --correlation-peers 10.0.0.0/99, prefix length",
  })
  void anUnusableArgumentIsReportedInOneSentence(String line, String named) {
    assertThat(execute(line.split(" ", -1))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .startsWith("netspan: ")
        .contains(named)
        .hasLineCount(1)
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--ring-size 6M | --ring-size is 6M: write a power of two from 4K to 1G, such as 8M",
        "--udp-idle-timeout 0 | --udp-idle-timeout is 0: write 1s to 24h, such as 1m",
        "--snapshot-interval 5 | --snapshot-interval is '5': write a number with a unit (ms, s, m or h), such as 10s",
        "--active-timeout 5s | --active-timeout is 5s: write 10s to 24h, or 0 for spans at the end only",
        "--snapshot-interval 0 | --snapshot-interval is 0 and --active-timeout is 1m: spans of open connections need scans; write --active-timeout 0, or an interval",
        "--keep failed,service= | --keep is 'service=': write failed, slower=200ms, longer=1h or service=NAME",
        "--keep longer=0 | --keep is 'longer=0': write failed, slower=200ms, longer=1h or service=NAME",
        "--keep slower=abc | --keep is 'slower=abc': write failed, slower=200ms, longer=1h or service=NAME",
        "--poll-interval 1ms | --poll-interval is 1ms: write 100ms or more",
        "--correlation-peers ::1,foo | --correlation-peers is 'foo': write address ranges such as 10.0.0.0/8,fd00::/8",
        "--max-connections 0 | --max-connections is 0: write how many connections to track, 1 or more",
        "--lines-per-second=-1 | --lines-per-second is -1: write 0 (no limit) or a number up to 2147483647",
        "--format yaml | --format is 'yaml': write text, json or none",
        "--tracer x | --tracer is 'x': write auto, bpf or poll",
        "--udp x | --udp is 'x': write off, on or sampled",
        "--log-level x | --log-level is 'x': write error, warn, info or debug",
        "--host-root= | --host-root is : this is not a directory; write where the machine's root is mounted",
        "--host-root /no/such | --host-root is /no/such: this is not a directory; write where the machine's root is mounted",
      })
  void anUnusableOptionIsReportedWithItsValue(String line, String sentence) {
    String[] arguments = ("run " + line).split(" ", -1);

    assertThat(execute(arguments)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().strip()).isEqualTo("netspan: " + sentence);
  }

  @Test
  void aProblemIsOneLineWhateverItQuotes() {
    assertThat(execute("run", "--tracer", "a\u001b[31m\nb")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().strip())
        .isEqualTo("netspan: --tracer is 'a?[31m?b': write auto, bpf or poll");
  }

  @Test
  void anUnknownCommandIsReportedWithItsName() {
    assertThat(execute("bogus")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().strip())
        .isEqualTo("netspan: unknown command 'bogus' (`netspan help` lists the commands)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "run --format text --lines-per-second 5 --format json ; --format is given twice: write it once",
        "run --ring-size ; --ring-size has no value: write --ring-size SIZE",
        "run --formt=json ; unknown option '--formt=json', did you mean --format? (`netspan help run` lists the options)",
        "run -x ; unknown option '-x' (`netspan help run` lists the options)",
        "run json ; unknown argument 'json' (`netspan help run` lists the options)",
        "doctor --x ; unknown option '--x' (`netspan help doctor` lists the options)",
        "help bogus ; unknown subcommand 'bogus' (`netspan help` lists the commands)",
        "run --conntrack=yes ; invalid value for option '--conntrack': 'yes' is not a boolean (`netspan help run` lists the options)",
      })
  void anArgumentThatTheParserRefusesIsReported(String line, String sentence) {
    assertThat(execute(line.split(" ", -1))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().strip()).isEqualTo("netspan: " + sentence);
  }

  @Test
  void anUnknownOptionDoesNotHideOtherProblems() {
    int code = execute("run", "--colour", "red", "--ring-size", "5", "--keep", "x", "--tracer");

    assertThat(code).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().lines())
        .containsExactlyInAnyOrder(
            "netspan: unknown option '--colour' (`netspan help run` lists the options)",
            "netspan: unknown argument 'red' (`netspan help run` lists the options)",
            "netspan: --tracer has no value: write --tracer auto|bpf|poll",
            "netspan: --ring-size is 5: write a power of two from 4K to 1G, such as 8M",
            "netspan: --keep is 'x': write failed, slower=200ms, longer=1h or service=NAME");
  }

  @Test
  void aQuoteInANameIsACharacterLikeAnyOther() {
    assertThat(execute("run", "--ring-size", "5", "--keep", "service=a\"b,x\"y"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().lines())
        .containsExactlyInAnyOrder(
            "netspan: --ring-size is 5: write a power of two from 4K to 1G, such as 8M",
            "netspan: --keep is 'x\"y': write failed, slower=200ms, longer=1h or service=NAME");
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    String endpoint =
        "otel.exporter.otlp.endpoint"; // system properties are read like environment variables
    System.setProperty(endpoint, "no URL");
    try {
      int code =
          execute("run", "--ring-size", "5", "--max-connections", "0", "--lines-per-second", "-1");

      assertThat(code).isEqualTo(ExitCode.USAGE);
      assertThat(err.toString().lines())
          .satisfiesExactly(
              line -> assertThat(line).startsWith("netspan: --lines-per-second is -1: "),
              line -> assertThat(line).startsWith("netspan: --ring-size is 5: "),
              line -> assertThat(line).startsWith("netspan: --max-connections is 0: "),
              line -> assertThat(line).startsWith("netspan: OTEL_EXPORTER_OTLP_ENDPOINT is "));
    } finally {
      System.clearProperty(endpoint);
    }
  }

  @Test
  void exitCodesAreListedInTheHelp() {
    List<String> codes =
        List.copyOf(Main.commandLine().getCommandSpec().usageMessage().exitCodeList().keySet());

    assertThat(codes)
        .containsExactly(
            Integer.toString(ExitCode.OK),
            Integer.toString(ExitCode.FAILED),
            Integer.toString(ExitCode.USAGE),
            Integer.toString(ExitCode.UNSUPPORTED));
  }

  @Test
  void theVersionIsDevelopmentWhenRunFromClasses() {
    assertThat(new VersionCommand.Version().getVersion()[0]).startsWith("netspan ");
  }
}
