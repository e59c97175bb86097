package io.netspan.linux.sockdiag;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** Requests to sock_diag: {@code struct nlmsghdr}, then {@code struct inet_diag_req_v2}. */
final class DiagRequest {

  static final int SIZE = Netlink.HEADER + 56;

  private static final short SOCK_DIAG_BY_FAMILY = 20;
  private static final byte IPPROTO_TCP = 6;
  private static final byte WANT_INFO = 1 << 1; // INET_DIAG_INFO - 1
  private static final int BODY = Netlink.HEADER;
  private static final int STATES = BODY + 4;
  private static final int ID = BODY + 8;
  private static final int ALL_STATES = -1;

  /**
   * All states but SYN_RECV (not a full socket yet), TIME_WAIT (no longer a full socket) and CLOSE
   * (not connected). The FIN_WAIT2 bit still selects some sockets in TIME_WAIT.
   */
  private static final int OPEN_STATES =
      1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11;

  private DiagRequest() {}

  /** Asks for all open sockets of this family. */
  static void dump(MemorySegment to, int family, int sequence) {
    header(to, Netlink.NLM_F_REQUEST | Netlink.NLM_F_DUMP, sequence);
    to.set(JAVA_BYTE, BODY, (byte) family);
    to.set(JAVA_INT_UNALIGNED, STATES, OPEN_STATES);
  }

  /** Asks for this socket by its cookie, not for another one that has its addresses now. */
  static void exact(MemorySegment to, DiagSocket socket, int sequence) {
    header(to, Netlink.NLM_F_REQUEST, sequence);
    to.set(JAVA_BYTE, BODY, (byte) socket.family());
    to.set(JAVA_INT_UNALIGNED, STATES, ALL_STATES);
    port(to, ID, socket.localPort());
    port(to, ID + 2, socket.peerPort());
    boolean ipv6 = socket.ipv6();
    address(to, ID + 4, socket.family(), ipv6, socket.localHigh(), socket.localLow());
    address(to, ID + 20, socket.family(), ipv6, socket.peerHigh(), socket.peerLow());
    to.set(JAVA_INT_UNALIGNED, ID + 36, socket.device());
    to.set(JAVA_INT_UNALIGNED, ID + 40, (int) socket.cookie());
    to.set(JAVA_INT_UNALIGNED, ID + 44, (int) (socket.cookie() >>> 32));
  }

  private static void header(MemorySegment to, int flags, int sequence) {
    to.fill((byte) 0);
    to.set(JAVA_INT_UNALIGNED, 0, SIZE);
    to.set(JAVA_SHORT_UNALIGNED, Netlink.TYPE, SOCK_DIAG_BY_FAMILY);
    to.set(JAVA_SHORT_UNALIGNED, Netlink.FLAGS, (short) flags);
    to.set(JAVA_INT_UNALIGNED, Netlink.SEQUENCE, sequence);
    to.set(JAVA_BYTE, BODY + 1, IPPROTO_TCP);
    to.set(JAVA_BYTE, BODY + 2, WANT_INFO);
  }

  private static void port(MemorySegment to, int offset, int port) {
    to.set(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), offset, (short) port);
  }

  private static void address(
      MemorySegment to, int offset, int family, boolean ipv6, long high, long low) {
    boolean mapped = family == DiagSocket.AF_INET6 && !ipv6;
    long second = mapped ? 0xffff_0000_0000L | high >>> 32 : low;
    big64(to, offset, mapped ? 0 : high);
    big64(to, offset + 8, second);
  }

  private static void big64(MemorySegment to, int offset, long value) {
    to.set(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), offset, value);
  }
}
