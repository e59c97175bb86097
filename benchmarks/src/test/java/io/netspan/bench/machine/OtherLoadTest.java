package io.netspan.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class OtherLoadTest {
  private static final long ROOT = 100;

  /** The ticks are user and system time, and those of children that have ended. */
  private static String stat(long pid, String name, long parent, long own, long reaped) {
    return pid
        + " ("
        + name
        + ") S "
        + parent
        + " 1 1 0 -1 0 0 0 0 0 "
        + own
        + " 0 "
        + reaped
        + " 0 20 0";
  }

  private static CpuSnapshot at(double seconds, long busy, long stolen, String... stats) {
    Map<Long, ProcessCpu> processes =
        Arrays.stream(stats)
            .map(stat -> ProcessCpu.parse(stat).orElseThrow())
            .collect(Collectors.toMap(ProcessCpu::pid, process -> process));
    String total =
        "cpu  " + busy + " 0 0 1000 5 0 0 " + stolen + " 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
    return CpuSnapshot.of((long) (seconds * 1e9), total, processes);
  }

  @Test
  void theBenchmarkAndTheKernelsThreadsAreNotOthers() {
    CpuSnapshot before =
        at(
            0,
            0,
            0,
            stat(ROOT, "java", 1, 10, 0),
            stat(2, "kthreadd", 0, 0, 0),
            stat(7, "x", 1, 5, 0));
    CpuSnapshot after =
        at(
            1,
            200,
            0,
            stat(ROOT, "java", 1, 50, 60),
            stat(101, "nginx: worker (x)", ROOT, 80, 0),
            stat(2, "kthreadd", 0, 0, 0),
            stat(3, "kworker/0:1", 2, 20, 0),
            stat(7, "x", 1, 8, 0));
    OtherLoad load = OtherLoad.between(before, after, ROOT);
    assertThat(load.others()).isCloseTo(0.03, within(1e-9));
    assertThat(load.disturbance()).isEmpty();
    assertThat(after.ticksBelow(ROOT)).isEqualTo(50 + 60 + 80);
  }

  @Test
  void aProcessThatEndedMeanwhileCountsThroughItsParent() {
    CpuSnapshot before = at(0, 0, 0, stat(7, "make", 1, 1, 0), stat(8, "clang", 7, 30, 0));
    CpuSnapshot after = at(1, 0, 0, stat(7, "make", 1, 1, 90));
    OtherLoad load = OtherLoad.between(before, after, ROOT);
    assertThat(load.others()).isCloseTo(0.6, within(1e-9));
    assertThat(load.disturbance())
        .hasValueSatisfying(text -> assertThat(text).contains("0.60 cores"));
  }

  @Test
  void theBusiestIsNamed() {
    CpuSnapshot before = at(0, 0, 0, stat(7, "old", 1, 500, 0), stat(8, "mvn", 1, 0, 0));
    CpuSnapshot after = at(2, 0, 0, stat(7, "old", 1, 502, 0), stat(8, "mvn", 1, 40, 0));
    assertThat(OtherLoad.between(before, after, ROOT).disturbance())
        .contains("other processes used 0.21 cores, most of it mvn");
  }

  @Test
  void stolenTimeDisturbs() {
    assertThat(OtherLoad.between(at(0, 0, 10), at(2, 0, 30), ROOT).disturbance())
        .contains("other virtual machines had 0.10 cores of this one");
  }

  @Test
  void brokenLinesAreNoProcess() {
    assertThat(ProcessCpu.parse("")).isEmpty();
    assertThat(ProcessCpu.parse("12 (x")).isEmpty();
    assertThat(ProcessCpu.parse("12 (x) S 1 1")).isEmpty();
  }
}
