package io.netspan.bpf.ring;

/** Wakes the thread that reads a {@link RingBuffer}. */
interface Doorbell extends AutoCloseable {

  /**
   * Blocks until the kernel or {@link #ring()} wakes it; one thread at a time.
   *
   * @param timeoutMillis negative: without limit
   * @return false on timeout
   */
  boolean await(int timeoutMillis);

  /** Ends the present or else the next {@link #await}; any thread, also after {@link #close()}. */
  void ring();

  /** While no thread waits. */
  @Override
  void close();
}
