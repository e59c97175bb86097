package io.netspan.receiver.source;

import java.util.List;

/**
 * A running source. {@link #run} has its own thread and holds the {@link Turn} while it uses what
 * the sources share; the other methods may be called from any thread.
 */
public interface Session extends Runnable, AutoCloseable {

  /**
   * Reads events until the session is stopped.
   *
   * @throws SupersededException if the session has to start again because what it builds on was
   *     replaced
   * @throws RuntimeException if the session cannot go on
   */
  @Override
  void run();

  /** Makes {@link #run} return soon. */
  void stop();

  /**
   * Processes the remaining events, after {@link #run} has returned. The caller holds the {@link
   * Turn}.
   */
  void finish();

  /** Called after {@link #stop} if {@link #run} does not return: the remaining events are lost. */
  default void giveUp() {}

  /** What the session has lost, with every possible reason; also after {@link #close}. */
  List<Loss> losses();

  /** The unread fraction of the buffer between kernel and agent, 0 to 1. */
  default double bufferUsage() {
    return 0;
  }

  /** How the session watches, for one line at the start. */
  String describe();

  /** Releases the session's resources; idempotent. */
  @Override
  void close();
}
