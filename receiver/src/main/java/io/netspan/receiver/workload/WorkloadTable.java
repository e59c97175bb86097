package io.netspan.receiver.workload;

import io.netspan.enrich.Contributors;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.receiver.wire.ProcessEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The processes that events name, by pid; the entry is right only if the start time is, so a pid
 * that was given away is never taken for its old owner. Looking up allocates nothing.
 *
 * <p>Bounded by two generations, in number and in bytes: entries are put into the young one and
 * moved there when they are found in the old one; when the young one is full, it becomes the old
 * one, and entries that were not looked up meanwhile are forgotten. Connections keep their workload
 * themselves. The kernel side remembers fewer processes than one generation holds, so a process
 * that was forgotten here is announced again.
 *
 * <p>Belongs to the thread that has the turn, except for {@link #refresh}.
 */
public final class WorkloadTable {
  /** How many processes are remembered at least, unless their names and arguments are very long. */
  public static final int REMEMBERED = 65_536;

  /** A generation is full, too, when its processes have so many bytes of names and arguments. */
  private static final long GENERATION_BYTES = 32 << 20;

  private final ProcessEnricher enricher;
  private final Contributors contributors;
  private final Descriptions descriptions;
  private final Consumer<Completion> completer;
  private final Workload nobody;
  private final AtomicLong youngBytes = new AtomicLong(); // Raised by the enrichment thread, too.
  private Int2ObjectHashMap<Workload> young = new Int2ObjectHashMap<>();
  private Int2ObjectHashMap<Workload> old = new Int2ObjectHashMap<>();

  /** The rest of an identity, to be looked up on the enrichment thread: it reads files. */
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
        // Announced a second time: an exec, perhaps of a program of the same name with another
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

    /** Nothing more will be learnt, so no reader should wait for it. Any thread. */
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

  /** Stands for the owner that is not known. */
  public Workload nobody() {
    return nobody;
  }

  /**
   * The kernel says who a process is: it is new, or it has executed another program, or has another
   * user, cgroup or name.
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
   * The process from which this one has its program, without having executed it: the same path,
   * arguments and environment, where {@code /proc} does not have them any more for this one. Null
   * if there is none, or it runs another program by now.
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

  /** The process of an event; a pid of 0 is {@link #nobody()}. */
  public Workload find(int tgid, long startTime) {
    if (tgid == 0) {
      return nobody;
    }
    Workload known = known(tgid, startTime);
    return known != null ? known : unannounced(tgid, startTime);
  }

  /** The same, by the program that it ran before its last exec, if that is known. */
  public Workload findBeforeExec(int tgid, long startTime) {
    Workload now = find(tgid, startTime);
    Workload before = now.beforeExec();
    return before == null ? now : before;
  }

  /**
   * Looks a process up anew that the kernel does not announce, hence does not announce again: by
   * now it can run another program, or have another user, cgroup or name.
   */
  public void readAgain(ProcessKey key) {
    Workload known = known(key.pid(), key.startTimeNanos());
    if (known != null && known.runs(Workload.UNKNOWN_EXEC)) {
      completer.accept(new Completion(this, known, null, /* again= */ true, /* kin= */ null));
    }
  }

  /** Each remembered workload; one of both generations may come twice. */
  public void forEach(Consumer<Workload> action) {
    young.values().forEach(action);
    old.values().forEach(action);
  }

  /** Asks the contributors about a workload anew. Enrichment thread; needs no turn. */
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

  /** The kernel's record was lost, which was counted there: {@code /proc} may still know. */
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

  private static ProcessFacts facts(ProcessEvent event) {
    List<String> cgroup = new ArrayList<>(event.cgroupLevels());
    for (int level = 0; level < event.cgroupLevels(); level++) {
      String name = text(event.cgroup(level));
      if (name.isEmpty()) {
        break;
      }
      cgroup.add(name);
    }
    return new ProcessFacts(
        new ProcessKey(event.tgid(), event.startTime()),
        event.parentTgid(),
        event.uid(),
        text(event.comm()),
        text(event.exe()),
        event.cgroupId(),
        cgroup,
        Integer.toUnsignedLong(event.pidNs()),
        Integer.toUnsignedLong(event.netns()));
  }

  /** Any bytes are allowed in names; what is not UTF-8 becomes the replacement character. */
  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
