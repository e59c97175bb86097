package io.netspan.enrich;

import io.netspan.enrich.EnrichmentStats.Outcome;

/** Reads what a living process's files say about it. Any thread; never throws for a process. */
public interface ProcessReader {

  /**
   * Reads the process if it still lives, is still the same one and still runs the same program.
   *
   * @param recorded what the kernel recorded; {@link ProcessFacts#unknown} if its record was lost,
   *     and then the facts are read, too
   */
  Reading read(ProcessFacts recorded);

  /**
   * The result of reading a process.
   *
   * @param facts those that were recorded, or if they were unknown, those that were read
   * @param identity what was read; {@link PartialIdentity#NOTHING} unless the outcome is {@link
   *     Outcome#COMPLETE} or {@link Outcome#PARTIAL}
   */
  record Reading(ProcessFacts facts, PartialIdentity identity, Outcome outcome) {}
}
