package io.netspan.enrich;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netspan.enrich.EnrichmentStats.Outcome;
import io.netspan.enrich.ProcessReader.Reading;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a process once, and again when the kernel reports something new about it: an entry is used
 * only for facts equal to those it was made from, so an exec, a change of user or a move to another
 * cgroup replaces it. What may succeed later (a directory that could not be read) is not
 * remembered.
 *
 * <p>The precedence is: what the process's files say, what is known about the process that it was
 * forked from, what follows from the kernel's facts alone.
 *
 * <p>No lock is held while reading, because a malicious process can stall whatever reads its
 * memory; two threads may therefore read the same process, and the later result stays. Thread-safe.
 */
public final class CachingEnricher implements ProcessEnricher {
  private final ProcessReader reader;
  private final Function<ProcessFacts, PartialIdentity> conclusions;
  private final Cache<ProcessKey, ProcessIdentity> identities;
  private final EnrichmentCounters counters = new EnrichmentCounters();

  /**
   * An enricher that has read nothing yet.
   *
   * @param conclusions what follows from facts alone; no I/O
   * @param maxProcesses how many identities are remembered, fewer if they are long: {@value
   *     ProcessIdentity#LEAST_WEIGHT} bytes for each bound them all
   */
  public CachingEnricher(
      ProcessReader reader, Function<ProcessFacts, PartialIdentity> conclusions, int maxProcesses) {
    this.reader = reader;
    this.conclusions = conclusions;
    this.identities =
        Caffeine.newBuilder()
            .maximumWeight((long) maxProcesses * ProcessIdentity.LEAST_WEIGHT)
            .weigher((ProcessKey _, ProcessIdentity identity) -> identity.weight())
            .executor(Runnable::run)
            .build();
  }

  @Override
  public ProcessIdentity fromKernel(ProcessFacts facts) {
    counters.count(EnrichmentStats.Source.KERNEL, Outcome.COMPLETE);
    return identity(facts, PartialIdentity.NOTHING, PartialIdentity.NOTHING);
  }

  @Override
  public ProcessIdentity enrich(ProcessFacts facts) {
    ProcessIdentity cached = identities.getIfPresent(facts.key());
    if (cached != null && cached.facts().equals(facts)) {
      counters.count(EnrichmentStats.Source.CACHE, Outcome.COMPLETE);
      return cached;
    }
    return remember(read(facts));
  }

  @Override
  public ProcessIdentity enrich(ProcessFacts facts, @Nullable ProcessIdentity kin) {
    ProcessIdentity own = enrich(facts);
    if (kin == null
        || own.executablePath() != null
        || !own.facts().mayRunTheProgramOf(kin.facts())) {
      return own;
    }
    ProcessFacts named =
        facts.executableName().isEmpty() ? facts.named(kin.facts().executableName()) : facts;
    return identity(named, PartialIdentity.NOTHING, inherited(named, kin));
  }

  /**
   * What a process has in common with the one whose program it runs: path, arguments and
   * environment. Container and unit, and a name from the unit, are common only in the same cgroup.
   */
  private static PartialIdentity inherited(ProcessFacts facts, ProcessIdentity kin) {
    boolean together = facts.cgroup().equals(kin.facts().cgroup());
    boolean named = together || kin.service().source() != ServiceName.Source.SYSTEMD;
    return new PartialIdentity(
        kin.executablePath(),
        kin.commandArgs(),
        kin.jvmMainClass(),
        together ? kin.container() : null,
        together ? kin.systemdUnit() : null,
        named ? kin.service() : null,
        kin.attributes());
  }

  @Override
  public ProcessIdentity identify(ProcessKey key) {
    ProcessIdentity cached = identities.getIfPresent(key);
    if (cached != null) {
      counters.count(EnrichmentStats.Source.CACHE, Outcome.COMPLETE);
      return cached;
    }
    return remember(read(ProcessFacts.unknown(key)));
  }

  @Override
  public void forget(ProcessKey key) {
    identities.invalidate(key);
  }

  @Override
  public EnrichmentStats stats() {
    return counters.stats(identities.estimatedSize());
  }

  private Reading read(ProcessFacts facts) {
    try {
      return reader.read(facts);
    } catch (RuntimeException e) {
      return new Reading(facts, PartialIdentity.NOTHING, Outcome.FAILED);
    }
  }

  private ProcessIdentity remember(Reading reading) {
    counters.count(EnrichmentStats.Source.PROC, reading.outcome());
    ProcessIdentity identity =
        identity(reading.facts(), reading.identity(), PartialIdentity.NOTHING);
    if (reading.outcome() != Outcome.FAILED) {
      identities.put(identity.facts().key(), identity);
    }
    return identity;
  }

  private ProcessIdentity identity(
      ProcessFacts facts, PartialIdentity read, PartialIdentity inherited) {
    return ProcessIdentity.of(facts)
        .completedBy(read)
        .completedBy(inherited)
        .completedBy(conclusions.apply(facts));
  }
}
