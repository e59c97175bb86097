package io.netspan.receiver.source;

import java.util.Optional;

/**
 * A way of getting events: kernel programs, polling, a map of flows. A {@link Supervisor} keeps one
 * {@link Session} of it running.
 */
public interface Source {
  /** The name in messages, such as "polling" or "the kernel programs". */
  String name();

  /**
   * Starts a session, which the caller closes. Runs while the caller holds the {@link Turn}.
   *
   * @throws SourceUnavailableException if this machine does not allow it
   */
  Session start(Start how);

  /** The reason in one line if {@link #start} failed because this machine does not allow it. */
  default Optional<String> whyUnavailable(RuntimeException failure) {
    return failure instanceof SourceUnavailableException
        ? Optional.of(String.valueOf(failure.getMessage()))
        : Optional.empty();
  }

  /** The warning when this source is not available and no other takes its place. */
  default String unavailableNotice(String why) {
    return name() + " cannot be watched here: " + why;
  }

  /** The warning when this source takes the place of another one. */
  default String replacementNotice(String why) {
    return "falling back to " + name() + ": " + why;
  }

  /** The warning when a session failed and another one is started. */
  default String restartNotice(String why) {
    return "starting " + name() + " again after a failure: " + why;
  }

  /** The warning when sessions failed twice within a minute and no other source takes over. */
  default String endNotice(String why) {
    return "without "
        + name()
        + " until the agent is restarted, after two failures within a minute: "
        + why;
  }
}
