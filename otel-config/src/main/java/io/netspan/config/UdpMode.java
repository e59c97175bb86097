package io.netspan.config;

/** Whether UDP flows are counted. */
public enum UdpMode {
  OFF,
  /** All of them. */
  ON,
  /**
   * A fixed share of the flows, chosen by socket and peer; the counts of a chosen flow are exact.
   */
  SAMPLED
}
