package io.netspan.bench.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BpfRunsTest {
  private static final String BEFORE =
      """
      [{"id":3,"type":"cgroup_device","name":"sd_devices"},
       {"id":8,"type":"tracing","name":"inet_sock_set_state","run_time_ns":1000,"run_cnt":10},
       {"id":9,"type":"tracing","name":"stand_in"}]
      """;
  private static final String AFTER =
      """
      [{"id":8,"type":"tracing","name":"inet_sock_set_state","run_time_ns":5000,"run_cnt":30},
       {"id":9,"type":"tracing","name":"stand_in","run_time_ns":1200,"run_cnt":20},
       {"id":11,"type":"kprobe","name":"other"}]
      """;

  @Test
  void theMeasuringIsNetted() throws IOException {
    List<BpfRuns> runs =
        BpfPrograms.between(BpfPrograms.parse(BEFORE), BpfPrograms.parse(AFTER), Set.of(8, 9, 11));
    assertThat(runs).containsExactly(new BpfRuns(20, 4000), new BpfRuns(20, 1200));
    assertThat(BpfRuns.netNs(runs, 50)).isCloseTo(4000 + 1200 - 40 * 50, within(1e-9));
    assertThat(BpfRuns.nsPerRun(runs)).isCloseTo(130, within(1e-9));
    assertThat(BpfRuns.nsPerRun(List.of())).isZero();
  }

  @Test
  void otherTracersAreNamed() throws IOException {
    Map<Integer, BpfProgram> programs = BpfPrograms.parse(AFTER);
    assertThat(BpfPrograms.others(programs, Set.of(8, 9))).containsExactly("kprobe other (11)");
    assertThat(BpfPrograms.others(BpfPrograms.parse(BEFORE), Set.of(8, 9))).isEmpty();
  }

  @Test
  void aMountIsFoundByTypeAndOption() {
    List<String> mounts =
        List.of(
            "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0",
            "cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0",
            "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0");
    assertThat(Cgroup.mount(mounts, "cgroup", "memory")).contains(Path.of("/sys/fs/cgroup/memory"));
    assertThat(Cgroup.mount(mounts, "cgroup2", "")).contains(Path.of("/sys/fs/cgroup/unified"));
    assertThat(Cgroup.mount(mounts, "cgroup", "pids")).isEmpty();
  }
}
