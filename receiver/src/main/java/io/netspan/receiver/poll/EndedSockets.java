package io.netspan.receiver.poll;

import io.netspan.linux.sockdiag.DiagSocket;
import io.netspan.receiver.SingleWriterCounter;
import org.agrona.collections.Long2LongHashMap;

/**
 * Sockets whose connection has ended and has been reported, while the kernel still has the socket:
 * its program keeps the descriptor of a connection that was reset, refused, aborted ({@code ss -K})
 * or shut down. The kernel reports the destruction when the program closes the descriptor, at any
 * later time, so nothing is dropped because of its age.
 *
 * <p>At least the last {@link #LEAST} are remembered, at most twice as many: when one map is full,
 * it replaces the older one. An entry takes two longs. One thread, except for the counter.
 */
final class EndedSockets {
  static final int LEAST = 65_536;

  private static final long NONE = -1;

  private final int least;
  private Long2LongHashMap recent = new Long2LongHashMap(NONE);
  private Long2LongHashMap older = new Long2LongHashMap(NONE);
  private final SingleWriterCounter forgotten = new SingleWriterCounter();

  EndedSockets() {
    this(LEAST);
  }

  EndedSockets(int least) {
    this.least = least;
  }

  /** Remembers a socket whose connection has been reported as ended. */
  void add(PolledSocket socket) {
    if (recent.size() >= least) {
      forgotten.add(older.size());
      older = recent;
      recent = new Long2LongHashMap(NONE);
    }
    recent.put(socket.sk(), ports(socket.localPort(), socket.peerPort()));
  }

  /** Forgets a socket that is open again: a program can connect it once more. */
  void remove(long sk) {
    take(sk);
  }

  /**
   * Forgets a destroyed socket.
   *
   * @return whether the end of its last connection has been reported. A socket that was connected
   *     again has other ports; one that was only disconnected has no peer.
   */
  boolean take(long sk, DiagSocket last) {
    long ports = take(sk);
    return ports != NONE
        && (last.peerPort() == 0 || ports == ports(last.localPort(), last.peerPort()));
  }

  private long take(long sk) {
    long ports = recent.remove(sk);
    return ports == NONE ? older.remove(sk) : ports;
  }

  private static long ports(int local, int peer) {
    return (long) local << Short.SIZE | peer;
  }

  /** Sockets that were dropped for lack of room before they were destroyed. Any thread. */
  long forgotten() {
    return forgotten.get();
  }
}
