package io.netspan.receiver.source;

/** Why a session starts, which decides what it may assume about what is open already. */
public enum Start {
  /** The agent starts: what is open already began before anything was watched. */
  FIRST,
  /** An earlier session of the same supervisor ended: what is open and unknown was missed. */
  AGAIN
}
