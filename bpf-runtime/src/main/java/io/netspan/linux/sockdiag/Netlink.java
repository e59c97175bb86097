package io.netspan.linux.sockdiag;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * The form of netlink messages (include/uapi/linux/netlink.h): headers and attributes in the
 * machine's byte order, each part aligned to 4 bytes.
 */
final class Netlink {

  static final int HEADER = 16;
  static final int TYPE = 4;
  static final int FLAGS = 6;
  static final int SEQUENCE = 8;

  static final int NLMSG_NOOP = 1;
  static final int NLMSG_ERROR = 2;
  static final int NLMSG_DONE = 3;

  static final int NLM_F_REQUEST = 0x1;
  static final int NLM_F_DUMP = 0x300;
  static final int NLM_F_DUMP_INTR = 0x10;

  private static final int ATTRIBUTE_HEADER = 4;

  /** The upper two bits of an attribute's type are flags ({@code NLA_TYPE_MASK}). */
  private static final int ATTRIBUTE_TYPE = 0x3fff;

  /** Takes the messages of a datagram. */
  @FunctionalInterface
  interface Visitor {

    /**
     * One message.
     *
     * @param header the message from its header to its end
     * @param payload what follows the header
     */
    void message(MemorySegment header, MemorySegment payload);
  }

  private Netlink() {}

  /**
   * Walks the messages of a datagram.
   *
   * @return whether they were whole; if not, those before the broken one were given
   */
  static boolean forEach(MemorySegment datagram, Visitor to) {
    long at = 0;
    long size = datagram.byteSize();
    while (size - at >= HEADER) {
      long length = Integer.toUnsignedLong(int32(datagram, at));
      if (length < HEADER || length > size - at) {
        return false;
      }
      MemorySegment message = datagram.asSlice(at, length);
      to.message(message, message.asSlice(HEADER));
      at += aligned(length);
    }
    return at >= size;
  }

  /** The payload of the first attribute of this type; an empty segment if there is none. */
  static MemorySegment attribute(MemorySegment attributes, int type) {
    long at = 0;
    long size = attributes.byteSize();
    while (size - at >= ATTRIBUTE_HEADER) {
      int length = uint16(attributes, at);
      if (length < ATTRIBUTE_HEADER || length > size - at) {
        return MemorySegment.NULL;
      }
      if ((uint16(attributes, at + 2) & ATTRIBUTE_TYPE) == type) {
        return attributes.asSlice(at + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER);
      }
      at += aligned(length);
    }
    return MemorySegment.NULL;
  }

  private static long aligned(long length) {
    return length + 3 & ~3;
  }

  static int uint8(MemorySegment from, long offset) {
    return Byte.toUnsignedInt(from.get(JAVA_BYTE, offset));
  }

  static int uint16(MemorySegment from, long offset) {
    return Short.toUnsignedInt(from.get(JAVA_SHORT_UNALIGNED, offset));
  }

  static int int32(MemorySegment from, long offset) {
    return from.get(JAVA_INT_UNALIGNED, offset);
  }

  static long int64(MemorySegment from, long offset) {
    return from.get(JAVA_LONG_UNALIGNED, offset);
  }

  /** Ports and addresses are in network order. */
  static int bigEndian16(MemorySegment from, long offset) {
    return Short.toUnsignedInt(
        from.get(JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), offset));
  }

  static long bigEndian64(MemorySegment from, long offset) {
    return from.get(JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), offset);
  }
}
