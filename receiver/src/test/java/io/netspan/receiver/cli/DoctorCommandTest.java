package io.netspan.receiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.agent.Finding;
import io.netspan.receiver.agent.Finding.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DoctorCommandTest {
  @ParameterizedTest
  @CsvSource({
    "'', 0",
    "export, 1",
    "settings, 2",
    "tracer, 3",
    "export tracer, 3",
    "export settings tracer, 2",
  })
  void theExitCodeIsThatOfTheProblemThatComesFirst(String failing, int code) {
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding(Verdict.WORKS, "kernel", "", ""));
    findings.add(new Finding(Verdict.LIMITED, "processes", "", ""));
    for (String subject : failing.split(" ", -1)) {
      findings.add(new Finding(subject.isEmpty() ? Verdict.WORKS : Verdict.FAILS, subject, "", ""));
    }

    assertThat(DoctorCommand.exitCode(findings)).isEqualTo(code);
  }
}
