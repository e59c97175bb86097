package io.netspan.enrich.proc;

import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.name.OtelEnvironment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What procfs said about one process, verified to be the same one throughout. It holds secrets, so
 * it is short-lived and never printed.
 *
 * @param facts what the kernel's own record would have said
 * @param expandedArguments the arguments as the {@code java} launcher sees them, with those in
 *     files; of another program as they are
 * @param cgroup the whole path, leaf first
 * @param complete whether everything could be read
 */
record ProcSnapshot(
    ProcessFacts facts,
    @Nullable String executablePath,
    List<String> arguments,
    List<String> expandedArguments,
    OtelEnvironment environment,
    List<String> cgroup,
    boolean complete) {

  @Override
  public String toString() {
    return "ProcSnapshot[" + facts + "]";
  }
}
