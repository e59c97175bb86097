package io.netspan.enrich;

import org.jspecify.annotations.Nullable;

/**
 * Finds the attributes of a process. May be called from any thread. Implementations never throw for
 * a hostile or vanished process.
 */
public interface ProcessEnricher {

  /** From the facts alone: no I/O, cheap enough for the thread that reads the kernel's events. */
  ProcessIdentity fromKernel(ProcessFacts facts);

  /**
   * Completes the facts by {@code /proc} if the process still lives, is still the same one and
   * still runs the same program. Cached: equal facts give the same object. Reads files, and those
   * of a malicious process may block for as long as it pleases: keep it off the thread that reads
   * the kernel's events.
   */
  ProcessIdentity enrich(ProcessFacts facts);

  /**
   * As {@link #enrich(ProcessFacts)}; what {@code /proc} does not say is taken from another process
   * of the same program.
   *
   * @param kin a process from which this one was forked and whose program it still runs, or this
   *     one as it was before; null if none is known
   */
  default ProcessIdentity enrich(ProcessFacts facts, @Nullable ProcessIdentity kin) {
    return enrich(facts);
  }

  /**
   * For when the kernel's record was lost: what is cached for the key, otherwise what {@code /proc}
   * says if the process lives and started when the key says, else facts with empty names. Reads
   * files, as {@link #enrich} does.
   */
  ProcessIdentity identify(ProcessKey key);

  /**
   * Drops what is cached for the key. To be called when the kernel reports the process once more:
   * it has executed a program, perhaps the same with other arguments ({@code python a.py} after
   * {@code python b.py}), which the facts do not show.
   */
  default void forget(ProcessKey key) {}

  EnrichmentStats stats();
}
