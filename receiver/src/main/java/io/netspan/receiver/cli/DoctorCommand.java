package io.netspan.receiver.cli;

import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.agent.Diagnosis;
import io.netspan.receiver.agent.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

@Command(
    name = "doctor",
    description = "Report what works on this machine, what does not and why, and how to fix it.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    List<Finding> findings = new Diagnosis(Path.of("/")).run(ExporterSelection::ofThisProcess);
    for (Finding finding : findings) {
      System.out.printf(
          Locale.ROOT,
          "%-8s %-17s %s%s%n",
          finding.verdict().name().toLowerCase(Locale.ROOT),
          finding.subject(),
          finding.detail(),
          finding.remedy().isEmpty() ? "" : "; " + finding.remedy());
    }
    return exitCode(findings);
  }

  /**
   * The code with which {@code run} would end first, except that a backend that is down does not
   * end it, nor do kernel programs that cannot run if it can poll.
   */
  static int exitCode(List<Finding> findings) {
    Set<String> failed =
        findings.stream()
            .filter(finding -> finding.verdict() == Finding.Verdict.FAILS)
            .map(Finding::subject)
            .collect(Collectors.toSet());
    if (failed.isEmpty()) {
      return ExitCode.OK;
    }
    if (failed.contains(Finding.SETTINGS)) {
      return ExitCode.USAGE;
    }
    return failed.equals(Set.of(Finding.EXPORT)) ? ExitCode.FAILED : ExitCode.UNSUPPORTED;
  }
}
