package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes and messages of the command line. */
class CommandLineTest {
  @Test
  void anUnknownOptionIsReportedInOneSentence() throws Exception {
    try (AgentProcess agent = AgentProcess.launcher().option("run", "--colour").launch()) {
      checkRefusal(agent, 2, "--colour");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lots", "-1", "5000", "2G", "1K", "", "99999999999999999999"})
  void anInvalidRingSizeIsReportedInOneSentence(String size) throws Exception {
    try (AgentProcess agent = AgentProcess.launcher().option("--ring-size", size).launch()) {
      checkRefusal(agent, 2, "size");
    }
  }

  @Test
  void anInvalidNumberIsReportedInOneSentence() throws Exception {
    try (AgentProcess agent = AgentProcess.launcher().option("--lines-per-second", "-7").launch()) {
      checkRefusal(agent, 2, "--lines-per-second is -7");
    }
  }

  @Test
  @RequiresRoot
  void anInvalidProtocolIsReportedInOneSentence() throws Exception {
    try (AgentProcess agent =
        AgentProcess.launcher()
            .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
            .environment("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon")
            .launch()) {
      checkRefusal(agent, 2, "carrier-pigeon");
    }
  }

  @Test
  @RequiresRoot
  @RequiresProgram("setpriv")
  void theBpfTracerWithoutCapabilitiesNamesTheMissingOnes() throws Exception {
    try (AgentProcess agent =
        AgentProcess.launcher()
            .under("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
            .option("--tracer", "bpf")
            .launch()) {
      checkRefusal(agent, 3, "CAP_BPF");
    }
  }

  /** Checks for one line with this text on standard error, and no standard output. */
  private static void checkRefusal(AgentProcess agent, int exitCode, String word)
      throws InterruptedException {
    assertThat(agent.exitCode()).as("exit code; %s", agent.errors()).isEqualTo(exitCode);
    System.out.print("refused: " + agent.errors());
    assertThat(agent.errors().lines()).as("lines of %s", agent.errors()).hasSize(1);
    assertThat(agent.errors()).startsWith("netspan: ").contains(word).doesNotContain("Exception");
    assertThat(agent.output()).isEmpty();
  }

  /**
   * A background job of a shell ignores SIGINT, and so would the agent that a test starts from one.
   */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  @RequiresRoot
  @RequiresProgram("env")
  void aSignalStopsTheAgentWithTotals(String signal) throws Exception {
    try (AgentProcess agent =
        AgentProcess.launcher().under("env", "--default-signal=INT,TERM,HUP").start()) {
      long began = System.nanoTime();
      agent.signal(signal);

      assertThat(agent.ended().lost()).isEqualTo("nothing");
      System.out.printf(
          "SIG%s: ended after %d ms%n", signal, (System.nanoTime() - began) / 1_000_000);
      List<String> said = agent.errors().lines().toList();
      assertThat(said.subList(0, said.size() - 1))
          .as("lines before the totals: start, way of tracing and open sockets")
          .hasSizeBetween(2, 3)
          .allMatch(line -> line.contains(" INFO "));
    }
  }
}
