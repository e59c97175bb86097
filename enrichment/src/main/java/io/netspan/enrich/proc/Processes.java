package io.netspan.enrich.proc;

import io.netspan.enrich.CachingEnricher;
import io.netspan.enrich.ProcessEnricher;
import java.nio.file.Path;

/** Creates enrichers. */
public final class Processes {
  private Processes() {}

  /**
   * An enricher that reads {@code /proc} and remembers what it read, but no files that a process
   * names.
   *
   * @see #create(Path, NamedFiles, int)
   */
  public static ProcessEnricher create(Path proc, int maxProcesses) {
    return create(proc, NamedFiles.NONE, maxProcesses);
  }

  /**
   * An enricher that reads {@code /proc} and remembers what it read.
   *
   * @param proc a procfs of the initial pid namespace: {@code /proc} on the host; in a container,
   *     the host's as it was mounted there
   * @param named reads the argument files of JVMs
   * @param maxProcesses how many identities are remembered, fewer if they are long: their total is
   *     limited to half a KiB for each; beyond that, the least used are evicted
   */
  public static ProcessEnricher create(Path proc, NamedFiles named, int maxProcesses) {
    return create(new ProcDirectory(proc, named), maxProcesses);
  }

  static ProcessEnricher create(ProcFiles files, int maxProcesses) {
    return new CachingEnricher(new ProcReader(files), Conclusions::of, maxProcesses);
  }
}
