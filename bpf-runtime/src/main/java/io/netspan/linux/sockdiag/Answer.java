package io.netspan.linux.sockdiag;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** The response to one request. */
final class Answer {

  private final int sequence;
  private final DiagCounters counters;
  private final Consumer<DiagSocket> to;
  boolean done;
  boolean found;
  boolean gone;
  boolean interrupted;
  int errno;

  Answer(int sequence, DiagCounters counters, Consumer<DiagSocket> to) {
    this.sequence = sequence;
    this.counters = counters;
    this.to = to;
  }

  /** The response to a request for one socket is a single message, without NLMSG_DONE. */
  boolean isComplete(boolean ofMany) {
    return done || (!ofMany && (found || gone));
  }

  /**
   * Processes one datagram.
   *
   * @param length the datagram's length before any truncation
   */
  void take(MemorySegment datagram, long length) {
    if (!Netlink.forEach(datagram, this::message) || length > datagram.byteSize()) {
      counters.malformed.increment();
    }
  }

  /** Skips messages that belong to the response to an earlier request. */
  private void message(MemorySegment message, MemorySegment payload) {
    if (Netlink.int32(message, Netlink.SEQUENCE) != sequence) {
      return;
    }
    if ((Netlink.uint16(message, Netlink.FLAGS) & Netlink.NLM_F_DUMP_INTR) != 0) {
      interrupted = true;
    }
    switch (Netlink.uint16(message, Netlink.TYPE)) {
      case Netlink.NLMSG_NOOP -> {}
      case Netlink.NLMSG_ERROR, Netlink.NLMSG_DONE -> end(payload);
      default -> socket(payload);
    }
  }

  /**
   * NLMSG_ERROR and NLMSG_DONE both begin with a negative error number; older kernels send
   * NLMSG_DONE without one.
   */
  private void end(MemorySegment payload) {
    done = true;
    int error = payload.byteSize() < Integer.BYTES ? 0 : Netlink.int32(payload, 0);
    if (error < 0) {
      errno = error == Integer.MIN_VALUE ? Integer.MAX_VALUE : -error;
    }
  }

  private void socket(MemorySegment payload) {
    DiagSocket socket = DiagSocket.of(payload);
    if (socket == null) {
      counters.malformed.increment();
    } else if (socket.isTimeWait()) {
      gone = true;
    } else {
      found = true;
      to.accept(socket);
    }
  }
}
