package io.netspan.receiver.workload;

import io.netspan.enrich.Contributors;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.receiver.wire.CgroupEvent;
import io.netspan.receiver.wire.ProcessEvent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The processes that events name, by pid. An entry counts only if its start time matches, so a
 * reused pid is never taken for the earlier process. A look-up allocates nothing.
 *
 * <p>Bounded by two generations, in number and in bytes: entries are put into the young one and
 * moved there when they are found in the old one; when the young one is full, it becomes the old
 * one, and entries that were not looked up meanwhile are forgotten. Connections keep a reference to
 * their workload. The kernel side remembers fewer processes than one generation holds, so a process
 * that was forgotten here is announced again.
 *
 * <p>Belongs to the thread that has the turn, except for {@link #refresh}.
 */
public final class WorkloadTable {
  /** How many processes are remembered at least, unless their names and arguments are very long. */
  public static final int REMEMBERED = 65_536;

  /** The most sets of cgroups that the kernel side may remember. */
  public static final int REMEMBERED_CGROUPS = CgroupTable.REMEMBERED / 2;

  /** A generation is also full when its processes have this many bytes of names and arguments. */
  private static final long GENERATION_BYTES = 32 << 20;

  private final ProcessEnricher enricher;
  private final Contributors contributors;
  private final Descriptions descriptions;
  private final Consumer<Completion> completer;
  private final Workload nobody;
  private final CgroupTable cgroups = new CgroupTable();
  private final AtomicLong youngBytes =
      new AtomicLong(); // Also increased by the enrichment thread.
  private Int2ObjectHashMap<Workload> young = new Int2ObjectHashMap<>();
  private Int2ObjectHashMap<Workload> old = new Int2ObjectHashMap<>();

  /** Completes an identity on the enrichment thread, because this reads files. */
  public static final class Completion implements Runnable {
    private final WorkloadTable table;
    private final Workload workload;
    private final @Nullable ProcessFacts facts;
    private final boolean again;
    private final @Nullable Workload kin;

    private Completion(
        WorkloadTable table,
        Workload workload,
        @Nullable ProcessFacts facts,
        boolean again,
        @Nullable Workload kin) {
      this.table = table;
      this.workload = workload;
      this.facts = facts;
      this.again = again;
      this.kin = kin;
    }

    @Override
    public void run() {
      ProcessEnricher enricher = table.enricher;
      if (again) {
        // Announced again, so it has executed a program, perhaps one of the same name with another
        // command line.
        enricher.forget(workload.key());
      }
      workload.complete(
          facts != null
              ? enricher.enrich(facts, kin == null ? null : kin.base())
              : fromProc(enricher),
          table.contributors);
      table.youngBytes.addAndGet(workload.identity().weight());
    }

    private ProcessIdentity fromProc(ProcessEnricher enricher) {
      ProcessIdentity now = enricher.identify(workload.key());
      boolean gone = again && now.facts().comm().isEmpty();
      return gone ? workload.base() : now;
    }

    /**
     * Gives up, so that no reader waits for the rest of the identity. May be called by any thread.
     */
    public void abandon() {
      workload.settle();
    }
  }

  /**
   * An empty table.
   *
   * @param completer takes the completions to run on the enrichment thread; it must not block
   */
  public WorkloadTable(
      ProcessEnricher enricher,
      Contributors contributors,
      Descriptions descriptions,
      Consumer<Completion> completer) {
    this.enricher = enricher;
    this.contributors = contributors;
    this.descriptions = descriptions;
    this.completer = completer;
    ProcessFacts none = ProcessFacts.unknown(new ProcessKey(0, 0));
    nobody =
        new Workload(none.key(), Workload.UNKNOWN_EXEC, ProcessIdentity.of(none), descriptions);
    nobody.settle();
  }

  /** The workload that stands for an unknown owner. */
  public Workload nobody() {
    return nobody;
  }

  /** Takes the kernel's record of the path of a cgroup that processes will be in. */
  public void described(CgroupEvent event) {
    cgroups.described(event.cgroups(), event.hierarchy(), event.path());
  }

  /**
   * Takes the kernel's record of a process that is new, has executed another program, or has
   * another user, cgroup or name.
   */
  public void announced(ProcessEvent event) {
    ProcessFacts facts = facts(event);
    long execId = Integer.toUnsignedLong(event.execId());
    Workload workload = new Workload(facts.key(), execId, enricher.fromKernel(facts), descriptions);
    Workload before = known(event.tgid(), event.startTime());
    if (before != null) {
      workload.replaces(before);
    }
    Workload kin = before != null && before.runs(execId) ? before : origin(event);
    put(event.tgid(), workload);
    completer.accept(new Completion(this, workload, facts, before != null, kin));
  }

  /**
   * The process from which this one inherited its program by a fork. It has the same path,
   * arguments and environment, which are used where {@code /proc} no longer has them for this one.
   * Null if there is none, or if it runs another program by now.
   */
  private @Nullable Workload origin(ProcessEvent event) {
    if (event.originTgid() == 0 || event.originTgid() == event.tgid()) {
      return null;
    }
    Workload now = known(event.originTgid(), event.originStartTime());
    if (now == null) {
      return unannounced(event.originTgid(), event.originStartTime());
    }
    long execId = Integer.toUnsignedLong(event.originExecId());
    Workload before = now.beforeExec();
    if (before != null && before.runs(execId)) {
      return before;
    }
    return now.runs(execId) || now.runs(Workload.UNKNOWN_EXEC) ? now : null;
  }

  /** The process of an event; for a pid of 0, {@link #nobody()}. */
  public Workload find(int tgid, long startTime) {
    if (tgid == 0) {
      return nobody;
    }
    Workload known = known(tgid, startTime);
    return known != null ? known : unannounced(tgid, startTime);
  }

  /** The process with the program that it ran before its last exec, if that is known. */
  public Workload findBeforeExec(int tgid, long startTime) {
    Workload now = find(tgid, startTime);
    Workload before = now.beforeExec();
    return before == null ? now : before;
  }

  /**
   * Reads a process again that the kernel has not announced, and so will not announce again when it
   * runs another program, or has another user, cgroup or name.
   */
  public void readAgain(ProcessKey key) {
    Workload known = known(key.pid(), key.startTimeNanos());
    if (known != null && known.runs(Workload.UNKNOWN_EXEC)) {
      completer.accept(new Completion(this, known, null, /* again= */ true, /* kin= */ null));
    }
  }

  /** Passes on each remembered workload; one that is in both generations may come twice. */
  public void forEach(Consumer<Workload> action) {
    young.values().forEach(action);
    old.values().forEach(action);
  }

  /** Whether metrics can be attributed to each remembered process. */
  public boolean isEachIdentified() {
    return Stream.of(young, old)
        .allMatch(some -> some.values().stream().allMatch(Workload::isIdentified));
  }

  /**
   * Asks the contributors about a workload again. Called by the enrichment thread, without the
   * turn.
   */
  public void refresh(Workload workload) {
    int before = workload.identity().weight();
    workload.refresh(contributors);
    youngBytes.addAndGet(workload.identity().weight() - before);
  }

  /** The workload of the same process that was reported last. */
  public Workload latest(Workload workload) {
    ProcessKey key = workload.key();
    Workload known = known(key.pid(), key.startTimeNanos());
    return known != null ? known : workload;
  }

  private @Nullable Workload known(int tgid, long startTime) {
    Workload known = known(tgid);
    return known != null && known.key().startTimeNanos() == startTime ? known : null;
  }

  private @Nullable Workload known(int tgid) {
    Workload known = young.get(tgid);
    if (known == null) {
      known = old.get(tgid);
      if (known != null) {
        put(tgid, known);
      }
    }
    return known;
  }

  /**
   * Adds a process whose record of the kernel was lost, which the kernel side has counted; {@code
   * /proc} may still have its data.
   */
  private Workload unannounced(int tgid, long startTime) {
    ProcessFacts facts = ProcessFacts.unknown(new ProcessKey(tgid, startTime));
    Workload workload =
        new Workload(facts.key(), Workload.UNKNOWN_EXEC, enricher.fromKernel(facts), descriptions);
    put(tgid, workload);
    completer.accept(new Completion(this, workload, null, /* again= */ false, /* kin= */ null));
    return workload;
  }

  private void put(int tgid, Workload workload) {
    if (young.size() >= REMEMBERED || youngBytes.get() >= GENERATION_BYTES) {
      youngBytes.set(0);
      old = young;
      young = new Int2ObjectHashMap<>();
    }
    youngBytes.addAndGet(workload.identity().weight());
    young.put(tgid, workload);
  }

  private ProcessFacts facts(ProcessEvent event) {
    return new ProcessFacts(
        new ProcessKey(event.tgid(), event.startTime()),
        event.parentTgid(),
        event.uid(),
        text(event.comm()),
        text(event.exe()),
        event.cgroups(),
        cgroups.names(event.cgroups()),
        Integer.toUnsignedLong(event.pidNs()),
        Integer.toUnsignedLong(event.netns()));
  }

  /**
   * Decodes a name, which may have any bytes; those that are not UTF-8 become the replacement
   * character.
   */
  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
