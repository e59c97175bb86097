package io.netspan.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Takes back what a run has changed on this machine if it is interrupted, say by Ctrl-C. */
public final class Leftovers {
  private static final Path STATS = Path.of("/proc/sys/kernel/bpf_stats_enabled");

  private final String stats;

  private Leftovers(String stats) {
    this.stats = stats;
  }

  /** Notes the settings as they are, for the end of this Java process. */
  public static void removeAtExit() throws IOException {
    Leftovers leftovers = new Leftovers(Files.readString(STATS));
    Runtime.getRuntime().addShutdownHook(new Thread(leftovers::remove, "leftovers"));
  }

  private void remove() {
    List<ProcessHandle> children = ProcessHandle.current().descendants().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    children.forEach(child -> child.onExit().join());
    try {
      Files.writeString(STATS, stats);
      Cgroup.removeAll();
      NetworkNamespace.removeOwn();
    } catch (IOException e) {
      System.err.println("bench-agent: not everything was removed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
