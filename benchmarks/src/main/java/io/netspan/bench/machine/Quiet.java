package io.netspan.bench.machine;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Watches whether the machine is the benchmark's alone. */
public final class Quiet {
  private final long root = ProcessHandle.current().pid();
  private final Set<Integer> ignored = new HashSet<>();

  /** What is going on, from a moment on. */
  public final class Watch {
    private final CpuSnapshot begin = CpuSnapshot.take();

    private Watch() throws IOException {}

    /**
     * Says what disturbed since then.
     *
     * @param own the ids of the BPF programs that are measured
     */
    public List<String> disturbances(Set<Integer> own) throws IOException, InterruptedException {
      List<String> all = new ArrayList<>();
      OtherLoad.between(begin, CpuSnapshot.take(), root).disturbance().ifPresent(all::add);
      Set<Integer> known = new HashSet<>(own);
      known.addAll(ignored);
      List<String> tracers = BpfPrograms.others(BpfPrograms.list(), known);
      if (!tracers.isEmpty()) {
        all.add("other BPF programs were loaded: " + String.join(", ", tracers));
      }
      return all;
    }
  }

  public Watch watch() throws IOException {
    return new Watch();
  }

  /** Says what disturbs now, after watching for this time. */
  public List<String> disturbances(Duration time) throws IOException, InterruptedException {
    Watch watch = watch();
    Waiting.pause(time);
    return watch.disturbances(Set.of());
  }

  /** Waits until nothing disturbs; returns what still does at the end of this time. */
  public List<String> await(Duration most) throws IOException, InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (true) {
      List<String> disturbances = disturbances(Duration.ofSeconds(1));
      if (disturbances.isEmpty() || System.nanoTime() > end) {
        return disturbances;
      }
    }
  }

  /** Accepts what is loaded now; returns it. */
  public List<String> ignoreTracers() throws IOException, InterruptedException {
    List<String> names = BpfPrograms.others(BpfPrograms.list(), Set.of());
    ignored.addAll(BpfPrograms.list().keySet());
    return names;
  }
}
