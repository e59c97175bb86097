package io.netspan.linux.sockdiag;

import io.netspan.bpf.sys.NetlinkCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A netlink socket. It stays in the network namespace of the thread that opened it, and keeps that
 * namespace alive. One thread at a time.
 */
final class DiagFd implements AutoCloseable {

  // sys/socket.h and linux/netlink.h, the same on x86-64 and aarch64
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int MSG_TRUNC = 0x20;
  private static final int MSG_DONTWAIT = 0x40;

  /** {@code struct sockaddr_nl {u16 family; u16 pad; u32 pid; u32 groups;}}. */
  private static final int ADDRESS = 12;

  private static final int SENDER = 4;

  /** The kernel fills at most 32 KiB at once (netlink_dump). */
  private static final int BUFFER = 1 << 16;

  private final NetlinkCalls calls;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(BUFFER, Long.BYTES);
  private final MemorySegment address = arena.allocate(ADDRESS, Long.BYTES);
  private final int fd;

  private DiagFd(NetlinkCalls calls, int fd) {
    this.calls = calls;
    this.fd = fd;
  }

  static DiagFd open(NetlinkCalls calls) {
    return open(calls, NETLINK_SOCK_DIAG, "for sockets", "CONFIG_INET_DIAG");
  }

  /**
   * Opens one.
   *
   * @param about what is asked, for a message
   * @param option of the kernel's configuration
   */
  static DiagFd open(NetlinkCalls calls, int protocol, String about, String option) {
    String what = "open a socket to ask " + about + ": ";
    int fd = calls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    if (fd < 0) {
      throw failure(what + "socket", -fd, option);
    }
    DiagFd opened = new DiagFd(calls, fd);
    opened.address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
    int bound = calls.bind(fd, opened.address);
    if (bound < 0) {
      opened.close();
      throw failure(what + "bind", -bound, option);
    }
    return opened;
  }

  private static SockDiagException failure(String what, int errno, String option) {
    boolean denied = errno == Errno.EPERM || errno == Errno.EACCES;
    return new SockDiagException(
        denied ? SockDiagException.Cause.DENIED : SockDiagException.Cause.UNSUPPORTED,
        what
            + ": "
            + Errno.describe(errno)
            + (denied
                ? "; allow this process sockets of AF_NETLINK (RestrictAddressFamilies of systemd,"
                    + " seccomp)"
                : "; needs a kernel with " + option));
  }

  /** Enlarges the receive buffer; without CAP_NET_ADMIN at most to net.core.rmem_max. */
  void enlarge(int bytes) {
    if (calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) < 0) {
      calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, bytes);
    }
  }

  /** Joins a multicast group; false if the kernel refuses. */
  boolean join(int group) {
    return calls.setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group) == 0;
  }

  int fd() {
    return fd;
  }

  MemorySegment request() {
    return request(DiagRequest.SIZE);
  }

  /** Room for a question of this length. */
  MemorySegment request(int size) {
    return buffer.asSlice(0, size);
  }

  /** Sends a request. Returns 0, or a positive error number. */
  int send(MemorySegment request) {
    long sent = calls.send(fd, request, 0);
    return sent < 0 ? (int) -sent : 0;
  }

  /**
   * Receives one datagram without waiting.
   *
   * @return the datagram's length, which exceeds that of {@link #received} if the datagram was
   *     truncated; or a negative error number
   */
  long receive() {
    long length;
    do {
      length = calls.recvfrom(fd, buffer, MSG_DONTWAIT | MSG_TRUNC, address);
    } while (length == -Errno.EINTR);
    return length;
  }

  boolean isFromKernel() {
    return address.get(ValueLayout.JAVA_INT, SENDER) == 0;
  }

  /** The datagram of the last {@link #receive}; valid until the next one. */
  MemorySegment received(long length) {
    return buffer.asSlice(0, Math.min(length, BUFFER));
  }

  @Override
  public void close() {
    calls.close(fd);
    arena.close();
  }
}
