package io.netspan.enrich.proc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netspan.enrich.EnrichmentStats;
import io.netspan.enrich.EnrichmentStats.Outcome;
import io.netspan.enrich.EnrichmentStats.Source;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import org.jspecify.annotations.Nullable;

/**
 * Reads a process once, and again when the kernel tells something new of it: an entry is used only
 * for facts equal to those it was made from, so an exec, a change of user or a move to another
 * cgroup replaces it. What may succeed later (a directory that could not be read) is not
 * remembered.
 *
 * <p>No lock is held while reading, because a malicious process can stall whoever reads its memory;
 * two threads may therefore read the same process, and the later one's result stays. Thread-safe.
 */
final class CachingEnricher implements ProcessEnricher {
  private final ProcReader reader;
  private final Cache<ProcessKey, ProcessIdentity> identities;
  private final EnrichmentCounters counters = new EnrichmentCounters();

  CachingEnricher(ProcFiles files, int maxProcesses) {
    this.reader = new ProcReader(files);
    this.identities =
        Caffeine.newBuilder()
            .maximumWeight((long) maxProcesses * ProcessIdentity.LEAST_WEIGHT)
            .weigher((ProcessKey _, ProcessIdentity identity) -> identity.weight())
            .executor(Runnable::run)
            .build();
  }

  @Override
  public ProcessIdentity fromKernel(ProcessFacts facts) {
    counters.count(Source.KERNEL, Outcome.COMPLETE);
    return Identities.of(facts);
  }

  @Override
  public ProcessIdentity enrich(ProcessFacts facts) {
    ProcessIdentity cached = identities.getIfPresent(facts.key());
    if (cached != null && cached.facts().equals(facts)) {
      counters.count(Source.CACHE, Outcome.COMPLETE);
      return cached;
    }
    return switch (read(facts.key())) {
      case ProcReading.Read(ProcSnapshot snapshot) when Identities.sameProgram(facts, snapshot) ->
          remember(Identities.of(facts, snapshot), outcome(snapshot));
      case ProcReading.Read _ -> remember(Identities.of(facts), Outcome.REPLACED);
      case ProcReading.Nothing(Outcome why) -> remember(Identities.of(facts), why);
    };
  }

  @Override
  public ProcessIdentity enrich(ProcessFacts facts, @Nullable ProcessIdentity kin) {
    ProcessIdentity own = enrich(facts);
    return kin == null
            || own.executablePath() != null
            || !Identities.sameProgram(facts, kin.facts())
        ? own
        : Identities.of(own.facts(), kin);
  }

  @Override
  public ProcessIdentity identify(ProcessKey key) {
    ProcessIdentity cached = identities.getIfPresent(key);
    if (cached != null) {
      counters.count(Source.CACHE, Outcome.COMPLETE);
      return cached;
    }
    return switch (read(key)) {
      case ProcReading.Read(ProcSnapshot snapshot) ->
          remember(Identities.of(snapshot.facts(), snapshot), outcome(snapshot));
      case ProcReading.Nothing(Outcome why) ->
          remember(Identities.of(ProcessFacts.unknown(key)), why);
    };
  }

  @Override
  public void forget(ProcessKey key) {
    identities.invalidate(key);
  }

  @Override
  public EnrichmentStats stats() {
    return counters.stats(identities.estimatedSize());
  }

  /** Whatever is in those files, the caller gets an identity. */
  private ProcReading read(ProcessKey key) {
    try {
      return reader.read(key);
    } catch (RuntimeException e) {
      return new ProcReading.Nothing(Outcome.FAILED);
    }
  }

  private static Outcome outcome(ProcSnapshot snapshot) {
    return snapshot.complete() ? Outcome.COMPLETE : Outcome.PARTIAL;
  }

  private ProcessIdentity remember(ProcessIdentity identity, Outcome outcome) {
    counters.count(Source.PROC, outcome);
    if (outcome != Outcome.FAILED) {
      identities.put(identity.facts().key(), identity);
    }
    return identity;
  }
}
