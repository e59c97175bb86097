package io.netspan.linux.sockdiag;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** What came for one question. */
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

  /** Nothing ends the answer to a question for one socket: it is one message. */
  boolean isComplete(boolean ofMany) {
    return done || (!ofMany && (found || gone));
  }

  /**
   * One datagram.
   *
   * @param length before its end was cut off, if it was
   */
  void take(MemorySegment datagram, long length) {
    if (!Netlink.forEach(datagram, this::message) || length > datagram.byteSize()) {
      counters.malformed.increment();
    }
  }

  /** What is left of the answer to an earlier question is passed over. */
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

  /** Both kinds begin with an error number, negative; DONE without one is older kernels'. */
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
