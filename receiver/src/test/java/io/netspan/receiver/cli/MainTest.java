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
    // Found by the settings, before anything is started.
    "run --ring-size 5, power of two",
    "run --ring-size x, no size",
    "run --max-connections 0, most connections",
    "run --lines-per-second=-1, lines per second",
    "run --correlation-peers 10.0.0.0/99, prefix length",
  })
  void whatCannotBeUsedIsOneSentence(String line, String named) {
    assertThat(execute(line.split(" ", -1))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .startsWith("netspan: ")
        .contains(named)
        .hasLineCount(1)
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
  }

  @Test
  void severalProblemsAreToldAtOnce() {
    execute("run", "--ring-size", "5", "--max-connections", "0");

    assertThat(err.toString()).contains("power of two").contains("most connections");
  }

  @Test
  void exitCodesAreThoseOfTheHelp() {
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
  void runFromClassesTheVersionIsDevelopment() {
    assertThat(new VersionCommand.Version().getVersion()[0]).startsWith("netspan ");
  }
}
