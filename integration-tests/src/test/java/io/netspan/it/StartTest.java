package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The start of the agent in unusual places, and its reported duration. */
@RequiresRoot
@RequiresProgram({"unshare", "mount"})
class StartTest {
  private static final Pattern STARTED =
      Pattern.compile("tracing TCP connections \\((\\d+) ms after the start\\)");

  /** Checks that the reported duration of the start is not longer than the time that has passed. */
  private static void checkStart(String... wrapper) throws Exception {
    long began = System.nanoTime();
    try (AgentProcess agent = AgentProcess.launcher().under(wrapper).start()) {
      long passedMs = (System.nanoTime() - began) / 1_000_000;
      Matcher said = STARTED.matcher(agent.errors());
      assertThat(said.find()).as(agent.errors()).isTrue();
      System.out.printf("start: says %s ms, %d ms passed%n", said.group(1), passedMs);
      // The kernel keeps the start time of a process in ticks of 10 ms.
      assertThat(Long.parseLong(said.group(1))).isPositive().isLessThanOrEqualTo(passedMs + 10);
      agent.stop();
    }
  }

  @Test
  void theAgentReportsTheDurationOfItsStart() throws Exception {
    checkStart();
  }

  @Test
  void theAgentStartsWithAProcfsOfProcessesOnly() throws Exception {
    checkStart(
        "unshare", "-m", "sh", "-c", "mount -t proc -o subset=pid proc /proc && exec \"$@\"", "sh");
  }

  @Test
  void theAgentStartsInADeletedFolder() throws Exception {
    checkStart("sh", "-c", "cd \"$(mktemp -d)\" && rmdir \"$PWD\" && exec \"$@\"", "sh");
  }
}
