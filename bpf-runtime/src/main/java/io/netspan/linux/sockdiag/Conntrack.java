package io.netspan.linux.sockdiag;

import io.netspan.bpf.sys.NetlinkCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The connection tracking of one network namespace: how its kernel translates the addresses of a
 * TCP connection. Takes CAP_NET_ADMIN in the user namespace that owns the network namespace.
 *
 * <p>The namespace lives on as long as this is open, even when no process is left in it. One thread
 * at a time.
 */
public final class Conntrack implements AutoCloseable {
  private static final int NETLINK_NETFILTER = 12;
  private static final int ANSWER_WITHIN_MS = 1_000;
  private static final int MOST_DATAGRAMS = 16;

  private final NetlinkCalls calls;
  private final DiagFd fd;
  private final long netns;
  private int sequence;

  /**
   * The addresses and ports of one direction.
   *
   * @param sourceHigh the first eight bytes as a big-endian number; IPv4 in its upper half
   */
  public record Tuple(
      boolean ipv6,
      long sourceHigh,
      long sourceLow,
      int sourcePort,
      long destinationHigh,
      long destinationLow,
      int destinationPort) {}

  private Conntrack(NetlinkCalls calls) {
    this.calls = calls;
    netns = NetNamespace.inode();
    fd = DiagFd.open(calls, NETLINK_NETFILTER, "conntrack", "CONFIG_NF_CT_NETLINK");
  }

  static Conntrack open(NetlinkCalls calls) {
    return new Conntrack(calls);
  }

  /**
   * That of the network namespace which the calling thread is in.
   *
   * @throws SockDiagException if the kernel cannot, or this process may not
   */
  public static Conntrack open() {
    return open(NetNamespace.calls("ask conntrack"));
  }

  /**
   * That of another network namespace.
   *
   * @param namespace its file, such as {@code /proc/PID/ns/net}
   * @throws SockDiagException if the kernel cannot, this process may not, or there is no such
   *     namespace any more
   */
  public static Conntrack openIn(Path namespace) {
    NetlinkCalls calls = NetNamespace.calls("ask conntrack");
    return NetNamespace.call(calls, namespace, () -> open(calls));
  }

  /** The inode of the network namespace; 0 if {@code /proc} does not say. */
  public long netns() {
    return netns;
  }

  /**
   * The direction of the answers to a connection, as they arrive before the kernel translates them
   * back. Its source is the actual server.
   *
   * @param original the direction of the connection's first packet, before it was translated
   * @return null if the kernel does not track the connection, or not any more
   * @throws SockDiagException if the kernel cannot answer, or this process may not ask
   */
  public @Nullable Tuple reply(Tuple original) {
    MemorySegment request = fd.request(ConntrackMessage.size(original.ipv6()));
    ConntrackMessage.get(request, original, ++sequence);
    int errno = fd.send(request);
    if (errno != 0) {
      throw failure(errno);
    }
    for (int i = 0; i < MOST_DATAGRAMS; i++) {
      long length = fd.receive();
      if (length == -Errno.EAGAIN
          && calls.poll(new int[] {fd.fd()}, new boolean[1], ANSWER_WITHIN_MS) > 0) {
        continue;
      }
      if (length < 0) {
        throw failure((int) -length);
      }
      if (fd.isFromKernel()) {
        ConntrackMessage answer = ConntrackMessage.of(fd.received(length), sequence);
        if (answer.isComplete()) {
          return result(answer);
        }
      }
    }
    throw failure(Errno.EAGAIN);
  }

  private static @Nullable Tuple result(ConntrackMessage answer) {
    if (answer.errno() == Errno.ENOENT) {
      return null;
    }
    if (answer.errno() != 0) {
      throw failure(answer.errno());
    }
    return answer.reply();
  }

  private static SockDiagException failure(int errno) {
    String what = "ask conntrack: " + Errno.describe(errno);
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES ->
          new SockDiagException(
              SockDiagException.Cause.DENIED,
              what + "; needs CAP_NET_ADMIN in the user namespace of the network namespace");
      // nfnetlink has no such subsystem, and no module for it was found.
      case Errno.EINVAL ->
          new SockDiagException(
              SockDiagException.Cause.UNSUPPORTED,
              what + "; needs the kernel module nf_conntrack_netlink (CONFIG_NF_CT_NETLINK)");
      default -> new SockDiagException(SockDiagException.Cause.UNSUPPORTED, what);
    };
  }

  @Override
  public void close() {
    fd.close();
  }
}
