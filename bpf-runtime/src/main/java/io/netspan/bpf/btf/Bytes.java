package io.netspan.bpf.btf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Little-endian reads out of a part of the input, each checked against its bounds. */
final class Bytes {

  private final byte[] input;
  private final int start;
  private final int length;
  private final ByteBuffer buffer;

  private Bytes(byte[] input, int start, int length) {
    this.input = input;
    this.start = start;
    this.length = length;
    this.buffer = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
  }

  static Bytes of(byte[] input) {
    return new Bytes(input, 0, input.length);
  }

  int length() {
    return length;
  }

  int u8(long at) {
    return Byte.toUnsignedInt(buffer.get(check(at, 1)));
  }

  int u16(long at) {
    return Short.toUnsignedInt(buffer.getShort(check(at, 2)));
  }

  /** As {@code long}, so that sums of what the input says cannot overflow. */
  long u32(long at) {
    return Integer.toUnsignedLong(buffer.getInt(check(at, 4)));
  }

  /** A file offset or size of ELF64; none beyond 2^63 fits the input anyway. */
  long u64(long at) {
    long value = buffer.getLong(check(at, 8));
    if (value < 0) {
      throw error("number out of range", at);
    }
    return value;
  }

  Bytes slice(long at, long size) {
    return new Bytes(input, check(at, size), (int) size);
  }

  /** A NUL-terminated string. */
  String string(long at) {
    int from = check(at, 1);
    for (int i = from; i < start + length; i++) {
      if (input[i] == 0) {
        return new String(input, from, i - from, StandardCharsets.UTF_8);
      }
    }
    throw error("string without an end", at);
  }

  BtfException error(String what, long at) {
    return new BtfException(what, start + at);
  }

  private int check(long at, long size) {
    if (at < 0 || size < 0 || at > length - size) {
      throw error("truncated: " + size + " bytes wanted of " + length, at);
    }
    return start + (int) at;
  }
}
