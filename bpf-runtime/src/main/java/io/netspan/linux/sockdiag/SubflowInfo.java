package io.netspan.linux.sockdiag;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The role of a TCP socket in an MPTCP connection: {@code INET_ULP_INFO_MPTCP}, which the kernel
 * gives only to processes with CAP_NET_ADMIN.
 *
 * @param token of this end
 * @param capable whether it is the first subflow, and the other end speaks MPTCP
 * @param join whether it is a further one
 */
public record SubflowInfo(int token, boolean capable, boolean join) {

  // include/uapi/linux/inet_diag.h, include/uapi/linux/mptcp.h
  static final int INET_DIAG_ULP_INFO = 19;
  private static final int INET_ULP_INFO_MPTCP = 3;
  private static final int MPTCP_SUBFLOW_ATTR_TOKEN_LOC = 2;
  private static final int MPTCP_SUBFLOW_ATTR_FLAGS = 8;
  private static final int MPTCP_SUBFLOW_FLAG_MCAP_REM = 1;
  private static final int MPTCP_SUBFLOW_FLAGS_JOIN = 4 | 8; // by the other end, by ours

  /** Null if the socket is no subflow, or the kernel does not say. */
  static @Nullable SubflowInfo of(MemorySegment ulpInfo) {
    MemorySegment mptcp = Netlink.attribute(ulpInfo, INET_ULP_INFO_MPTCP);
    MemorySegment token = Netlink.attribute(mptcp, MPTCP_SUBFLOW_ATTR_TOKEN_LOC);
    MemorySegment flags = Netlink.attribute(mptcp, MPTCP_SUBFLOW_ATTR_FLAGS);
    if (token.byteSize() < Integer.BYTES || flags.byteSize() < Integer.BYTES) {
      return null;
    }
    int bits = Netlink.int32(flags, 0);
    return new SubflowInfo(
        Netlink.int32(token, 0),
        (bits & MPTCP_SUBFLOW_FLAG_MCAP_REM) != 0,
        (bits & MPTCP_SUBFLOW_FLAGS_JOIN) != 0);
  }
}
