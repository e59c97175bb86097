package io.netspan.receiver.agent;

import java.util.List;

/**
 * A way of watching connections. {@link #run} belongs to the tracer's thread, and so does
 * everything of the tracker that it calls; the rest may come from any thread.
 */
interface Watcher extends Runnable, AutoCloseable {

  /**
   * Watches until told to stop.
   *
   * @throws RuntimeException if it cannot go on
   */
  @Override
  void run();

  /** {@link #run} returns soon. */
  void stop();

  /** After {@link #run} has returned: takes in what happened until now. On the caller's thread. */
  void finish();

  /** After {@link #stop}, if {@link #run} does not return: what was not taken in is lost. */
  void giveUp();

  /** What it lost, every reason that there can be; also after {@link #close}. */
  List<Loss> losses();

  /** How much of the buffer between kernel and agent waits to be read, 0 to 1. */
  double bufferUsage();

  /** How it watches, for one line at the start. */
  String describe();

  /** Gives back what it holds; idempotent. */
  @Override
  void close();
}
