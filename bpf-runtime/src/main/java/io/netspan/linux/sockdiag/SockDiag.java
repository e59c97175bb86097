package io.netspan.linux.sockdiag;

import io.netspan.bpf.sys.NetlinkCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The TCP sockets of one network namespace.
 *
 * <p>The namespace lives on as long as this is open, even when no process is left in it. One thread
 * at a time.
 */
public final class SockDiag implements AutoCloseable {

  // enum sknetlink_groups, since Linux 4.2
  private static final int SKNLGRP_INET_TCP_DESTROY = 1;
  private static final int SKNLGRP_INET6_TCP_DESTROY = 3;

  /** In bytes; one message takes about 1 KiB of the buffer. */
  private static final int DESTROY_BUFFER = 8 << 20;

  private static final int MOST_TRIES = 3;
  private static final int ANSWER_WITHIN_MS = 1_000;

  private final NetlinkCalls calls;
  private final DiagCounters counters;
  private final long netns;
  private final DiagFd questions;
  private final DiagFd destroyed;
  private final boolean subscribed;
  private int sequence;

  private SockDiag(NetlinkCalls calls, DiagCounters counters) {
    this.calls = calls;
    this.counters = counters;
    netns = NetNamespace.inode();
    questions = DiagFd.open(calls);
    try {
      destroyed = DiagFd.open(calls);
    } catch (SockDiagException e) {
      questions.close();
      throw e;
    }
    destroyed.enlarge(DESTROY_BUFFER);
    // Not short-circuited: both groups are to be joined, and a kernel without IPv6 has only the
    // first.
    boolean ipv4 = destroyed.join(SKNLGRP_INET_TCP_DESTROY);
    boolean ipv6 = destroyed.join(SKNLGRP_INET6_TCP_DESTROY);
    subscribed = ipv4 || ipv6;
  }

  /**
   * Opens the network namespace of the calling thread.
   *
   * @throws SockDiagException if the kernel cannot, or this process may not
   */
  public static SockDiag open(DiagCounters counters) {
    return open(NetNamespace.calls("ask for sockets"), counters);
  }

  static SockDiag open(NetlinkCalls calls, DiagCounters counters) {
    return new SockDiag(calls, counters);
  }

  /**
   * Opens another network namespace.
   *
   * @param namespace its file, such as {@code /proc/PID/ns/net}
   * @throws SockDiagException if the kernel cannot, this process may not, or there is no such
   *     namespace any more
   */
  public static SockDiag openIn(Path namespace, DiagCounters counters) {
    NetlinkCalls calls = NetNamespace.calls("ask for sockets");
    return NetNamespace.call(calls, namespace, () -> open(calls, counters));
  }

  /** The inode of the network namespace; 0 if {@code /proc} does not say. */
  public long netns() {
    return netns;
  }

  /** Whether the kernel reports destroyed sockets. */
  public boolean reportsDestroyed() {
    return subscribed;
  }

  /**
   * Requires that the kernel can list TCP sockets. A kernel can have sock_diag without tcp_diag, a
   * separate module that the kernel loads on the first request if it is installed.
   *
   * @throws SockDiagException if it does not
   */
  public void requireListing() {
    MemorySegment request = questions.request();
    DiagRequest.dump(request, DiagSocket.AF_INET, ++sequence);
    if (ask(request, _ -> {}, /* untilDone= */ true).errno == Errno.ENOENT) {
      throw new SockDiagException(
          SockDiagException.Cause.UNSUPPORTED,
          "list TCP sockets: "
              + Errno.describe(Errno.ENOENT)
              + "; needs a kernel with CONFIG_INET_DIAG and, where that is a module, tcp_diag");
    }
  }

  /**
   * Gives all open sockets, listeners among them, and none twice unless the kernel had to begin
   * again. A socket that comes or goes meanwhile may be given or not; rarely, one that stays is
   * missed: {@link #find} is certain.
   *
   * @return whether the dump is complete; an incomplete one is counted
   */
  public boolean dump(Consumer<DiagSocket> to) {
    boolean ipv4 = dump(DiagSocket.AF_INET, to);
    boolean ipv6 = dump(DiagSocket.AF_INET6, to);
    return ipv4 && ipv6;
  }

  private boolean dump(int family, Consumer<DiagSocket> to) {
    for (int attempt = 1; attempt <= MOST_TRIES; attempt++) {
      MemorySegment request = questions.request();
      DiagRequest.dump(request, family, ++sequence);
      Answer answer = ask(request, to, /* untilDone= */ true);
      if (answer.errno == Errno.ENOENT && family == DiagSocket.AF_INET6) {
        return true; // a kernel without IPv6
      }
      if (answer.errno != 0 || !answer.done) {
        counters.dumpFailed.increment();
        return false;
      }
      if (!answer.interrupted) {
        return true;
      }
    }
    counters.dumpInterrupted.increment();
    return false;
  }

  /** What the kernel says about one socket. */
  public enum Presence {
    OPEN,
    /** The socket does not exist any more, or only in TIME_WAIT. */
    GONE,
    /** The kernel did not answer, which is counted. */
    UNKNOWN
  }

  /**
   * Asks for a socket from an earlier dump.
   *
   * @param to gets the socket as it is now, if it is open
   */
  public Presence find(DiagSocket socket, Consumer<DiagSocket> to) {
    MemorySegment request = questions.request();
    DiagRequest.exact(request, socket, ++sequence);
    Answer answer = ask(request, to, /* untilDone= */ false);
    // The cookie of another socket with these ends is ESTALE.
    if (answer.gone || answer.errno == Errno.ENOENT || answer.errno == Errno.ESTALE) {
      return Presence.GONE;
    }
    if (answer.found && answer.errno == 0) {
      return Presence.OPEN;
    }
    counters.findFailed.increment();
    return Presence.UNKNOWN;
  }

  private Answer ask(MemorySegment request, Consumer<DiagSocket> to, boolean untilDone) {
    Answer answer = new Answer(sequence, counters, to);
    answer.errno = questions.send(request);
    while (answer.errno == 0 && !answer.isComplete(untilDone)) {
      long length = questions.receive();
      if (length == -Errno.EAGAIN && await(questions) > 0) {
        continue;
      }
      if (length < 0) {
        answer.errno = (int) -length;
      } else if (questions.isFromKernel()) {
        answer.take(questions.received(length), length);
      }
    }
    return answer;
  }

  private int await(DiagFd fd) {
    return calls.poll(new int[] {fd.fd()}, new boolean[1], ANSWER_WITHIN_MS);
  }

  /**
   * Hands over the sockets whose destruction was reported, with their final counters, without
   * waiting.
   */
  public void drainDestroyed(Consumer<DiagSocket> to) {
    while (true) {
      long length = destroyed.receive();
      if (length == -Errno.ENOBUFS) {
        counters.destroyOverflow.increment();
      } else if (length < 0) {
        return;
      } else if (destroyed.isFromKernel()) {
        destroyed(destroyed.received(length), to);
      }
    }
  }

  private void destroyed(MemorySegment datagram, Consumer<DiagSocket> to) {
    boolean whole =
        Netlink.forEach(
            datagram,
            (_, payload) -> {
              DiagSocket socket = DiagSocket.of(payload);
              if (socket == null) {
                counters.malformed.increment();
              } else if (DiagSocket.isTcp(payload)) {
                to.accept(socket);
              }
            });
    if (!whole) {
      counters.malformed.increment();
    }
  }

  /**
   * Waits until one of the namespaces has a report of a destroyed socket.
   *
   * @param all the namespaces; none may be closed meanwhile
   */
  public static void await(List<SockDiag> all, long timeoutNanos) {
    int[] fds = all.stream().mapToInt(one -> one.destroyed.fd()).toArray();
    long millis = TimeUnit.NANOSECONDS.toMillis(timeoutNanos + 999_999);
    all.getFirst().calls.poll(fds, new boolean[fds.length], (int) Math.max(0, millis));
  }

  @Override
  public void close() {
    questions.close();
    destroyed.close();
  }
}
