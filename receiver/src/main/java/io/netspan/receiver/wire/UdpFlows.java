package io.netspan.receiver.wire;

import java.util.function.Consumer;

/**
 * The flows in the kernel side's maps, with the operations that their reader needs. Belongs to the
 * thread that has the turn.
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
     * @param closed whether its last descriptor is closed, so that no datagram is counted for it
     *     any more
     */
    void socket(long socket, long firstNs, boolean closed);
  }

  void sockets(SocketConsumer consumer);

  /** Hands over every flow; the view is valid only during the call. */
  void flows(Consumer<UdpFlowView> consumer);

  /**
   * Removes a flow, during {@link #flows}; afterwards the view shows its last counts. Later
   * datagrams begin a new flow; only those that were being counted at that very moment are lost.
   */
  void take(UdpFlowView flow);

  /** Records that this many flows of a socket that is not closed were removed. */
  void forgetFlows(long socket, int count);

  /** Forgets a socket that is closed. */
  void forgetClosed(long socket);

  /** Forgets a socket unless it has a flow, which can have begun since its flows were read. */
  void forgetIdle(long socket);
}
