package io.netspan.receiver.tcp;

/** Decides which end of its connection a socket is, and then reports the connection as open. */
final class Sides {
  private final Listeners listeners;
  private final Owners owners;
  private final ConnectionListener listener;

  Sides(Listeners listeners, Owners owners, ConnectionListener listener) {
    this.listeners = listeners;
    this.owners = owners;
    this.listener = listener;
  }

  /**
   * The role of a socket that was found open. It is decided as late as possible, because the
   * listener may be found after the connection. First, whether the socket has sent a SYN, which is
   * exact, and is unknown only while the stack has refused to send something. Second, whether the
   * socket has a backlog, as a listener and its children have ({@code sk_max_ack_backlog}; after
   * {@code listen(fd, 0)} they have none); a listener that was shut down and then connected has one
   * too. Third, whether a process listens on its port. Otherwise it is a client.
   */
  Role role(Connection connection) {
    if (connection.synsSent != Connection.UNKNOWN_SYNS) {
      return connection.synsSent == 0 ? Role.SERVER : Role.CLIENT;
    }
    return connection.accepted || listeners.owner(connection) != null ? Role.SERVER : Role.CLIENT;
  }

  /** Decides the role of a connection that a pass found, and reports it as open. */
  void settle(Connection connection) {
    if (connection.settled) {
      return;
    }
    connection.settle(role(connection));
    if (connection.role == Role.SERVER && !connection.owner.isKnown()) {
      owners.accepted(connection);
    }
    listener.opened(connection);
  }
}
