package io.netspan.receiver.source;

import java.util.List;

/**
 * A source at work. {@link #run} has a thread of its own and holds the {@link Turn} while it
 * touches what sources share; the rest may come from any thread.
 */
public interface Session extends Runnable, AutoCloseable {

  /**
   * Reads events until it is stopped.
   *
   * @throws SupersededException if it has to start again because what it builds on was replaced
   * @throws RuntimeException if it cannot go on
   */
  @Override
  void run();

  /** Makes {@link #run} return soon. */
  void stop();

  /**
   * Takes in what happened until now, after {@link #run} has returned. The caller holds the {@link
   * Turn}.
   */
  void finish();

  /** After {@link #stop}, if {@link #run} does not return: what was not taken in is lost. */
  default void giveUp() {}

  /** What it lost, every reason that there can be; also after {@link #close}. */
  List<Loss> losses();

  /** How much of the buffer between kernel and agent waits to be read, 0 to 1. */
  default double bufferUsage() {
    return 0;
  }

  /** How it watches, for one line at the start. */
  String describe();

  /** Gives back what it holds; idempotent. */
  @Override
  void close();
}
