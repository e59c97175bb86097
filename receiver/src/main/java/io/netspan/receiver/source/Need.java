package io.netspan.receiver.source;

/** What the agent does when a source is not available. */
public enum Need {
  /** The agent ends. */
  REQUIRED,
  /** The agent goes on, after a warning. */
  OPTIONAL
}
