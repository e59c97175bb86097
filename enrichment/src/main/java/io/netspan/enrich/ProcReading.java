package io.netspan.enrich;

/** What came of reading a process. */
sealed interface ProcReading {
  record Read(ProcSnapshot snapshot) implements ProcReading {}

  record Nothing(EnrichmentStats.Outcome why) implements ProcReading {}
}
