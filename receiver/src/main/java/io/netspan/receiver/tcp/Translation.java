package io.netspan.receiver.tcp;

import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import org.jspecify.annotations.Nullable;

/**
 * Where the kernel sent a client's connection, which another thread finds out. The connection's
 * span reads it when its attributes are made.
 */
public final class Translation {
  private final Ends ends;
  private final int pid;
  private volatile @Nullable Endpoint actual;

  /**
   * Not known yet.
   *
   * @param pid of a process in the network namespace; 0 if none is known
   */
  public Translation(Ends ends, int pid) {
    this.ends = ends;
    this.pid = pid;
  }

  public Ends ends() {
    return ends;
  }

  public int pid() {
    return pid;
  }

  /** The actual server; null if it is the one that was asked for, or not known (yet). */
  public @Nullable Endpoint actual() {
    return actual;
  }

  /** Sets the server that the kernel chose. */
  public void found(Endpoint server) {
    if (!server.equals(ends.peer())) {
      actual = server;
    }
  }
}
