package io.netspan.linux.sockdiag;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import io.netspan.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What conntrack says to the question for one connection, and the form of that question: {@code
 * struct nlmsghdr}, {@code struct nfgenmsg}, and nested attributes
 * (include/uapi/linux/netfilter/nfnetlink_conntrack.h).
 *
 * @param errno of an error message; 0 for none
 * @param reply the direction of the answers; null if the message does not have it
 */
record ConntrackMessage(boolean isComplete, int errno, Conntrack.@Nullable Tuple reply) {
  private static final int NFNL_SUBSYS_CTNETLINK = 1;
  private static final int IPCTNL_MSG_CT_NEW = 0;
  private static final int IPCTNL_MSG_CT_GET = 1;
  private static final int CTA_TUPLE_ORIG = 1;
  private static final int CTA_TUPLE_REPLY = 2;
  private static final int CTA_TUPLE_IP = 1;
  private static final int CTA_TUPLE_PROTO = 2;
  private static final int CTA_IP_V4_SRC = 1;
  private static final int CTA_IP_V4_DST = 2;
  private static final int CTA_IP_V6_SRC = 3;
  private static final int CTA_IP_V6_DST = 4;
  private static final int CTA_PROTO_NUM = 1;
  private static final int CTA_PROTO_SRC_PORT = 2;
  private static final int CTA_PROTO_DST_PORT = 3;
  private static final int IPPROTO_TCP = 6;
  private static final int NLA_F_NESTED = 1 << 15;
  private static final int NFGENMSG = 4;
  private static final int ATTRIBUTE = 4;
  private static final int PORTS = 3 * (ATTRIBUTE + 4); // protocol and both ports, padded
  private static final ConntrackMessage NOTHING = new ConntrackMessage(false, 0, null);

  /** The length of a question. */
  static int size(boolean ipv6) {
    return Netlink.HEADER + NFGENMSG + ATTRIBUTE + addresses(ipv6) + ATTRIBUTE + PORTS;
  }

  private static int addresses(boolean ipv6) {
    return ATTRIBUTE + 2 * (ATTRIBUTE + addressSize(ipv6));
  }

  private static int addressSize(boolean ipv6) {
    return ipv6 ? 16 : 4;
  }

  /** Asks for the connection whose first packet had these addresses. */
  static void get(MemorySegment to, Conntrack.Tuple original, int sequence) {
    boolean ipv6 = original.ipv6();
    int ip = Netlink.HEADER + NFGENMSG + ATTRIBUTE;
    int protocol = ip + addresses(ipv6);
    to.fill((byte) 0);
    to.set(JAVA_INT_UNALIGNED, 0, size(ipv6));
    to.set(
        JAVA_SHORT_UNALIGNED,
        Netlink.TYPE,
        (short) (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET));
    to.set(JAVA_SHORT_UNALIGNED, Netlink.FLAGS, (short) Netlink.NLM_F_REQUEST);
    to.set(JAVA_INT_UNALIGNED, Netlink.SEQUENCE, sequence);
    to.set(JAVA_BYTE, Netlink.HEADER, (byte) (ipv6 ? DiagSocket.AF_INET6 : DiagSocket.AF_INET));
    int tuple = ip - ATTRIBUTE;
    attribute(to, tuple, CTA_TUPLE_ORIG | NLA_F_NESTED, size(ipv6) - tuple);
    attribute(to, ip, CTA_TUPLE_IP | NLA_F_NESTED, addresses(ipv6));
    int source = ip + ATTRIBUTE;
    int destination = source + ATTRIBUTE + addressSize(ipv6);
    address(to, source, ipv6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, original, /* ofSource= */ true);
    address(to, destination, ipv6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, original, false);
    attribute(to, protocol, CTA_TUPLE_PROTO | NLA_F_NESTED, ATTRIBUTE + PORTS);
    attribute(to, protocol + 4, CTA_PROTO_NUM, ATTRIBUTE + 1);
    to.set(JAVA_BYTE, protocol + 8, (byte) IPPROTO_TCP);
    port(to, protocol + 12, CTA_PROTO_SRC_PORT, original.sourcePort());
    port(to, protocol + 20, CTA_PROTO_DST_PORT, original.destinationPort());
  }

  private static void attribute(MemorySegment to, int at, int type, int length) {
    to.set(JAVA_SHORT_UNALIGNED, at, (short) length);
    to.set(JAVA_SHORT_UNALIGNED, at + 2, (short) type);
  }

  private static void address(
      MemorySegment to, int at, int type, Conntrack.Tuple tuple, boolean ofSource) {
    long high = ofSource ? tuple.sourceHigh() : tuple.destinationHigh();
    long low = ofSource ? tuple.sourceLow() : tuple.destinationLow();
    attribute(to, at, type, ATTRIBUTE + addressSize(tuple.ipv6()));
    if (tuple.ipv6()) {
      to.set(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at + 4, high);
      to.set(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at + 12, low);
    } else {
      to.set(JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at + 4, (int) (high >>> 32));
    }
  }

  private static void port(MemorySegment to, int at, int type, int port) {
    attribute(to, at, type, ATTRIBUTE + 2);
    to.set(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), at + 4, (short) port);
  }

  /** What a datagram says to the question with this number; not complete if nothing. */
  static ConntrackMessage of(MemorySegment datagram, int sequence) {
    ConntrackMessage[] found = {NOTHING};
    Netlink.forEach(
        datagram,
        (message, payload) -> {
          if (Netlink.int32(message, Netlink.SEQUENCE) == sequence && !found[0].isComplete) {
            found[0] = of(Netlink.uint16(message, Netlink.TYPE), payload);
          }
        });
    return found[0];
  }

  private static ConntrackMessage of(int type, MemorySegment payload) {
    if (type == Netlink.NLMSG_ERROR && payload.byteSize() >= Integer.BYTES) {
      return new ConntrackMessage(true, Math.abs(Netlink.int32(payload, 0)), null);
    }
    if (type != (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)) {
      return NOTHING;
    }
    Conntrack.Tuple reply =
        payload.byteSize() < NFGENMSG
            ? null
            : tuple(Netlink.attribute(payload.asSlice(NFGENMSG), CTA_TUPLE_REPLY));
    return new ConntrackMessage(true, reply == null ? Errno.EPROTO : 0, reply);
  }

  /** Null if a part is missing or has another length than it should. */
  private static Conntrack.@Nullable Tuple tuple(MemorySegment nested) {
    MemorySegment ip = Netlink.attribute(nested, CTA_TUPLE_IP);
    MemorySegment protocol = Netlink.attribute(nested, CTA_TUPLE_PROTO);
    MemorySegment sourcePort = Netlink.attribute(protocol, CTA_PROTO_SRC_PORT);
    MemorySegment destinationPort = Netlink.attribute(protocol, CTA_PROTO_DST_PORT);
    boolean ipv6 = Netlink.attribute(ip, CTA_IP_V6_SRC).byteSize() != 0;
    MemorySegment source = Netlink.attribute(ip, ipv6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC);
    MemorySegment destination = Netlink.attribute(ip, ipv6 ? CTA_IP_V6_DST : CTA_IP_V4_DST);
    if (source.byteSize() != addressSize(ipv6)
        || destination.byteSize() != addressSize(ipv6)
        || sourcePort.byteSize() != Short.BYTES
        || destinationPort.byteSize() != Short.BYTES) {
      return null;
    }
    return new Conntrack.Tuple(
        ipv6,
        high(ipv6, source),
        ipv6 ? Netlink.bigEndian64(source, 8) : 0,
        Netlink.bigEndian16(sourcePort, 0),
        high(ipv6, destination),
        ipv6 ? Netlink.bigEndian64(destination, 8) : 0,
        Netlink.bigEndian16(destinationPort, 0));
  }

  private static long high(boolean ipv6, MemorySegment address) {
    return ipv6
        ? Netlink.bigEndian64(address, 0)
        : (long) address.get(JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 0) << 32;
  }
}
