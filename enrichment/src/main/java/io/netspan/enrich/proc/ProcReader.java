package io.netspan.enrich.proc;

import io.netspan.enrich.EnrichmentStats.Outcome;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ProcessReader;
import io.netspan.enrich.name.ArgumentFiles;
import io.netspan.enrich.name.CommandArguments;
import io.netspan.enrich.name.OtelEnvironment;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a process, and makes sure that it was the one that is meant: a pid is given away again as
 * soon as its process has been reaped, and a directory of procfs is opened anew for each file. So
 * the start time is compared after all else; if it differs, or is gone, what was read before is
 * thrown away.
 */
final class ProcReader implements ProcessReader {
  private final ProcFiles files;

  ProcReader(ProcFiles files) {
    this.files = files;
  }

  @Override
  public Reading read(ProcessFacts recorded) {
    try {
      return readFiles(recorded);
    } catch (NoSuchFileException e) {
      return nothing(recorded, Outcome.GONE);
    } catch (IOException e) {
      return nothing(recorded, Outcome.FAILED);
    }
  }

  private Reading readFiles(ProcessFacts recorded) throws IOException {
    ProcessKey key = recorded.key();
    if (!files.exists(key.pid())) {
      return nothing(recorded, Outcome.GONE); // as most that connect once are, at little cost
    }
    ProcProcess process = new ProcProcess(files, key.pid());
    if (!recorded.isUnknown()) {
      // It began before all this: if it is there afterwards, it was there throughout.
      ProcSnapshot snapshot = snapshot(recorded, process);
      ProcStat after = process.stat();
      if (after == null || !after.ended()) {
        return verified(recorded, snapshot, after);
      }
    }
    ProcStat before = process.stat();
    Outcome refusal = refusal(before, key);
    if (before == null || refusal != null) {
      return nothing(recorded, refusal == null ? Outcome.FAILED : refusal);
    }
    ProcProcess living = before.ended() ? process.living() : process;
    ProcSnapshot snapshot =
        snapshot(recorded.isUnknown() ? facts(key, before, living) : recorded, living);
    return verified(recorded, snapshot, process.stat());
  }

  private static Reading verified(
      ProcessFacts recorded, ProcSnapshot snapshot, @Nullable ProcStat after) {
    Outcome refusal = refusal(after, recorded.key());
    if (refusal == null && !recorded.mayRunTheProgramOf(snapshot.facts())) {
      refusal = Outcome.REPLACED;
    }
    return refusal == null ? reading(recorded, snapshot) : nothing(recorded, refusal);
  }

  private static Reading nothing(ProcessFacts recorded, Outcome why) {
    return new Reading(recorded, PartialIdentity.NOTHING, why);
  }

  private static Reading reading(ProcessFacts recorded, ProcSnapshot snapshot) {
    ProcessFacts facts = recorded.isUnknown() ? snapshot.facts() : recorded;
    return new Reading(
        facts,
        Conclusions.of(facts, snapshot),
        snapshot.complete() ? Outcome.COMPLETE : Outcome.PARTIAL);
  }

  private static @Nullable Outcome refusal(@Nullable ProcStat stat, ProcessKey key) {
    if (stat == null) {
      return Outcome.FAILED;
    }
    return stat.startedAt(key.startTimeNanos()) ? null : Outcome.REUSED;
  }

  /** The facts that the kernel's record would have, without the executable's name. */
  private static ProcessFacts facts(ProcessKey key, ProcStat stat, ProcProcess process) {
    return new ProcessFacts(
        key,
        stat.parentPid(),
        process.uid(),
        stat.comm(),
        /* executableName= */ "",
        /* cgroupId= */ 0,
        process.cgroup(),
        process.namespace("pid"),
        process.namespace("net"));
  }

  /**
   * The executable is read last: if it is still the one that the kernel recorded, everything read
   * before belongs to it too. What was recorded is not read, except for names that may be cut.
   */
  private static ProcSnapshot snapshot(ProcessFacts known, ProcProcess process) {
    List<String> arguments = process.arguments();
    List<String> expanded =
        isJava(known, process)
            ? ArgumentFiles.expand(arguments, file -> process.argumentFile(process.uid(), file))
            : arguments;
    OtelEnvironment environment = process.environment();
    List<String> cgroup = known.mayHaveMoreCgroups() ? process.cgroup() : known.cgroup();
    String executable = process.executable();
    String name = executable == null ? "" : CommandArguments.baseName(executable);
    return new ProcSnapshot(
        known.named(name),
        executable,
        arguments,
        expanded,
        environment,
        cgroup,
        process.complete());
  }

  /** Other programs have no argument files of this kind. */
  private static boolean isJava(ProcessFacts known, ProcProcess process) {
    String name = known.executableName();
    if (name.isEmpty()) {
      String executable = process.executable();
      name = executable == null ? "" : CommandArguments.baseName(executable);
    }
    return name.equals("java");
  }
}
