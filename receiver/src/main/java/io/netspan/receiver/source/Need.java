package io.netspan.receiver.source;

/** What the agent does without a source. */
public enum Need {
  /** It ends. */
  REQUIRED,
  /** It goes on, after a warning. */
  OPTIONAL
}
