package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcStatTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "nginx",
        "tmux: server",
        "(sd-pam)",
        "a) S 1 1 1",
        ")",
        ") R 9 9",
        "((",
        "",
        "a\nb",
        " "
      })
  void commMayHoldAnything(String comm) {
    assertThat(ProcStat.parse(FakeProc.stat(9, comm, 4_242)))
        .isEqualTo(new ProcStat(comm, /* ended= */ false, 7, 4_242));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "9",
        "9 (",
        "9 (a",
        "9 (a)",
        "9 (a) ",
        "9 )a(",
        "9 (a) S 7",
        "9 (a) S x 1 1 0 -1 1 1 2 3 4 5 6 7 8 20 0 1 0 4242 1",
        "9 (a) S 7 1 1 0 -1 1 1 2 3 4 5 6 7 8 20 0 1 0 99999999999999999999 1"
      })
  void nonsenseIsNull(String line) {
    assertThat(ProcStat.parse(line)).isNull();
  }

  @Test
  void startIsComparedInWholeTicksRoundedDown() {
    ProcStat stat = new ProcStat("a", /* ended= */ false, 1, 4_242);

    assertThat(stat.startedAt(42_420_000_000L)).isTrue();
    assertThat(stat.startedAt(42_429_999_999L)).isTrue();
    assertThat(stat.startedAt(42_419_999_999L)).isFalse();
    assertThat(stat.startedAt(42_430_000_000L)).isFalse();
  }
}
