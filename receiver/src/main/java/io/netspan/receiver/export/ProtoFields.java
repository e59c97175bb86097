package io.netspan.receiver.export;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Iterates over the fields of a Protocol Buffers message. Malformed bytes end the iteration, since
 * they come from a server.
 */
final class ProtoFields {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  private final byte[] bytes;
  private int at;
  private int number;
  private long varint;
  private byte[] content = {};

  ProtoFields(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Goes to the next field; false at the end. */
  boolean next() {
    if (at >= bytes.length) {
      return false;
    }
    try {
      long tag = readVarint();
      number = (int) (tag >>> 3);
      varint = 0;
      content = new byte[0];
      switch ((int) (tag & 7)) {
        case VARINT -> varint = readVarint();
        case FIXED64 -> content = take(Long.BYTES);
        case LENGTH -> content = take(readVarint());
        case FIXED32 -> content = take(Integer.BYTES);
        default -> throw new IndexOutOfBoundsException(at);
      }
      return true;
    } catch (IndexOutOfBoundsException e) {
      at = bytes.length;
      return false;
    }
  }

  private byte[] take(long length) {
    if (length < 0 || length > bytes.length - at) {
      throw new IndexOutOfBoundsException(at);
    }
    int from = at;
    at += (int) length;
    return Arrays.copyOfRange(bytes, from, at);
  }

  private long readVarint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte part = bytes[at];
      at++;
      value |= (part & 0x7fL) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new IndexOutOfBoundsException(at);
  }

  /** The number of the current field. */
  int number() {
    return number;
  }

  long varint() {
    return varint;
  }

  byte[] content() {
    return content;
  }

  String text() {
    return new String(content, StandardCharsets.UTF_8);
  }

  ProtoFields message() {
    return new ProtoFields(content);
  }
}
