package io.netspan.receiver.telemetry;

/** A table of series, as {@link SeriesExpiry} sees it. */
interface ExpiringSeries {
  /**
   * Removes the series in which nothing was counted for longer than this. Called by the thread that
   * has the turn.
   */
  void expire(long nowNs, long idleNs);
}
