package io.netspan.receiver.otlp;

/** The numbers of the Protocol Buffers encoding. */
final class Wire {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  /** The bits of a varint's byte that carry the number. */
  private static final int VARINT_BITS = 7;

  private Wire() {}

  /** The tag of a number of variable length. */
  static int varint(int field) {
    return field << 3 | VARINT;
  }

  static int fixed64(int field) {
    return field << 3 | FIXED64;
  }

  /** The tag of a message, a text or bytes. */
  static int length(int field) {
    return field << 3 | LENGTH;
  }

  static int fixed32(int field) {
    return field << 3 | FIXED32;
  }

  /** The bytes of a number of variable length. */
  static int size(long value) {
    return (Long.SIZE - Long.numberOfLeadingZeros(value | 1) + VARINT_BITS - 1) / VARINT_BITS;
  }

  /** The bytes of a field with content of this length and a tag of one byte. */
  static int sizeOfField(int contentLength) {
    return 1 + size(contentLength) + contentLength;
  }

  /** Whether the text is encoded in as many bytes as it has characters. */
  static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
