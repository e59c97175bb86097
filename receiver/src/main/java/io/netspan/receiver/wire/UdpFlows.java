package io.netspan.receiver.wire;

import java.util.function.Consumer;

/**
 * The flows that the kernel side keeps, as its reader needs them. Belongs to the thread that has
 * the turn.
 */
public interface UdpFlows {
  /** Receives a socket that had a flow. */
  @FunctionalInterface
  interface SocketConsumer {
    /**
     * One socket.
     *
     * @param socket its cookie
     * @param firstNs when its first flow began, CLOCK_BOOTTIME
     * @param closed whether its last descriptor is closed: nothing is counted for it any more
     */
    void socket(long socket, long firstNs, boolean closed);
  }

  void sockets(SocketConsumer consumer);

  /** The view is lent for the call. */
  void flows(Consumer<UdpFlowView> consumer);

  /**
   * Takes a flow out, during {@link #flows}: the view shows its last counts afterwards. What comes
   * later begins a new flow; lost is only what was being counted at that very moment.
   */
  void take(UdpFlowView flow);

  /** So many flows of a socket that is not closed were taken out. */
  void forgetFlows(long socket, int count);

  /** Forgets a socket that is closed. */
  void forgetClosed(long socket);

  /** Forgets a socket, unless it has a flow: one can have begun since its flows were read. */
  void forgetIdle(long socket);
}
