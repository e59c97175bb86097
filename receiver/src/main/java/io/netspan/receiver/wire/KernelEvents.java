package io.netspan.receiver.wire;

/**
 * Where decoded records go, in the ring's order, on the thread that reads it. The views are valid
 * only during the call.
 */
public interface KernelEvents {
  /** Comes before the first process in the same cgroups. */
  void cgroup(CgroupEvent event);

  void process(ProcessEvent event);

  void tcpOpen(TcpOpenEvent event);

  void tcpEstablished(TcpEstablishedEvent event);

  void tcpClosing(TcpClosingEvent event);

  void tcpClose(TcpCloseEvent event);

  void tcpListen(TcpListenEvent event);

  void tcpAccept(TcpAcceptEvent event);

  void tcpReset(TcpResetEvent event);

  /** A record from a pass, not from the ring. */
  void tcpSocket(TcpSocketEvent event);

  /** A record from a pass, not from the ring. */
  void tcpUnchanged(TcpUnchangedEvent event);
}
