package io.netspan.enrich.proc;

import io.netspan.enrich.EnrichmentStats;

/** What came of reading a process. */
sealed interface ProcReading {
  record Read(ProcSnapshot snapshot) implements ProcReading {}

  record Nothing(EnrichmentStats.Outcome why) implements ProcReading {}
}
