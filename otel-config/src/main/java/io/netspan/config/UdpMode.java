package io.netspan.config;

/** Whether UDP flows are counted. */
public enum UdpMode {
  OFF,
  /** All of them. */
  ON,
  /** One of so many, chosen by socket and peer: what is counted of a flow is exact. */
  SAMPLED
}
