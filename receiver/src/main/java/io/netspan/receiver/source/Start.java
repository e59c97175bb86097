package io.netspan.receiver.source;

/** Why a session starts, which decides what it may assume about what is open already. */
public enum Start {
  /** The agent starts: connections that are open already began before they could be watched. */
  FIRST,
  /**
   * An earlier session of the same supervisor ended: connections that are open and unknown were
   * missed.
   */
  AGAIN
}
