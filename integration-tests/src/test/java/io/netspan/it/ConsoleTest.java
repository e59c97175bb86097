package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The text format. */
@RequiresRoot
class ConsoleTest {
  private static final int CONNECTIONS = 13;
  private static final int BURST = 503;
  private static final int LIMIT = 7;

  /** The columns of the header; columns of numbers are right-aligned. */
  private static final Pattern HEADER =
      Pattern.compile(
          "TIME +PROCESS +PID SIDE +LOCAL +REMOTE +END +DURATION +OUT +IN +RTT  CONNECTION");

  private static final Pattern LINE =
      Pattern.compile(
          "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} java +\\d+ (CLIENT|SERVER) +127\\.0\\.0\\.1:\\d+ +127\\.0\\.0\\.1:\\d+ +"
              + "(local|remote)_fin +[0-9.]+m?s +\\d+ +\\d+ +[0-9.]+m?s  [0-9a-f]{16}");

  @Test
  void headerAndColumnsAreAlignedAndWithoutColours() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (AgentProcess agent = AgentProcess.launcher().option("--lines-per-second", "0").start();
        Server server = Server.start(loopback)) {
      server.connectFromHere(loopback, CONNECTIONS);
      String mark = "127.0.0.1:" + server.port() + " ";
      await("the lines")
          .until(
              () ->
                  agent.lines().stream().filter(line -> line.contains(mark)).count()
                      >= 2 * CONNECTIONS);

      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(agent.output()).doesNotContain("\u001b").doesNotContain("\r");
      String header = agent.lines().getFirst();
      assertThat(header).matches(HEADER);
      List<String> lines = agent.lines().stream().filter(line -> line.contains(mark)).toList();
      System.out.println("console:\n" + header + "\n" + lines.getFirst() + "\n" + lines.getLast());
      assertThat(lines)
          .hasSize(2 * CONNECTIONS)
          .allSatisfy(line -> assertThat(line).matches(LINE))
          .allSatisfy(line -> checkColumns(header, line));
    }
  }

  /** Checks that texts begin where their header begins, and that numbers end where it ends. */
  private static void checkColumns(String header, String line) {
    for (String column : List.of("PROCESS", "SIDE", "LOCAL", "REMOTE", "END", "CONNECTION")) {
      int at = header.indexOf(" " + column) + 1;
      assertThat(line.charAt(at - 1)).as("%s of %s", column, line).isEqualTo(' ');
      assertThat(line.charAt(at)).as("%s of %s", column, line).isNotEqualTo(' ');
    }
    for (String column : List.of("PID", "DURATION", "OUT", "IN", "RTT")) {
      int end = header.indexOf(" " + column + " ") + 1 + column.length();
      assertThat(line.charAt(end - 1)).as("%s of %s", column, line).isNotEqualTo(' ');
      assertThat(line.charAt(end)).as("%s of %s", column, line).isEqualTo(' ');
    }
  }

  @Test
  void linesOverTheLimitAreCountedAndReported() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (AgentProcess agent =
            AgentProcess.launcher().option("--lines-per-second", "" + LIMIT).start();
        Server server = Server.start(loopback)) {
      long began = System.nanoTime();
      server.connectFromHere(loopback, BURST);
      await("all to be served").until(() -> server.served() == BURST);

      Totals totals = agent.stop();

      long seconds = (System.nanoTime() - began) / 1_000_000_000 + 2;
      long printed = agent.lines().size() - 1L;
      System.out.printf("limit: %d lines printed; %s%n", printed, totals.line());
      assertThat(totals.lost()).isEqualTo("nothing");
      assertThat(totals.ended()).isGreaterThanOrEqualTo(2 * BURST);
      assertThat(printed).isBetween((long) LIMIT, LIMIT * seconds);
      assertThat(printed + totals.notPrinted()).isEqualTo(totals.ended());
      assertThat(reportedLeftOut(agent)).isEqualTo(totals.notPrinted());
    }
  }

  /** Returns the sum of the omitted sides that the agent reported. */
  private static long reportedLeftOut(AgentProcess agent) {
    return Pattern.compile("WARN +(\\d+) connection sides were not printed")
        .matcher(agent.errors())
        .results()
        .mapToLong(match -> Long.parseLong(match.group(1).replace(",", "")))
        .sum();
  }
}
