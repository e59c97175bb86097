package io.netspan.receiver.otlp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes of a Protocol Buffers message, which are appended. Grows when necessary; one thread. */
final class Buffer {
  private static final VarHandle LITTLE_64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG_64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LITTLE_32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int LONGEST_VARINT = 10;
  private static final int HEX_DIGITS = 16;
  private static final int LONGEST_IPV4 = 15;

  private byte[] bytes;
  private int size;

  Buffer(int capacity) {
    bytes = new byte[capacity];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /** Gives memory back that only an unusually large request needed. Clears the buffer. */
  void shrink(int most, int capacity) {
    size = 0;
    if (bytes.length > most) {
      bytes = new byte[capacity];
    }
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      // Doubling overflows at 1 GiB; no request gets near that, since batches are bounded.
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  /** Appends a tag, or any number below 128. */
  void small(int value) {
    room(1);
    bytes[size++] = (byte) value;
  }

  void varint(long value) {
    room(LONGEST_VARINT);
    if ((value & ~0x7fL) == 0) { // Nearly all lengths.
      bytes[size++] = (byte) value;
      return;
    }
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  void fixed64(long value) {
    room(Long.BYTES);
    LITTLE_64.set(bytes, size, value);
    size += Long.BYTES;
  }

  void fixed32(int value) {
    room(Integer.BYTES);
    LITTLE_32.set(bytes, size, value);
    size += Integer.BYTES;
  }

  /** Appends a number with its most significant byte first, as ids have it. */
  void bigEndian(long value) {
    room(Long.BYTES);
    BIG_64.set(bytes, size, value);
    size += Long.BYTES;
  }

  void bytes(byte[] from) {
    bytes(from, 0, from.length);
  }

  void bytes(byte[] from, int offset, int length) {
    room(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
  }

  void append(Buffer from) {
    bytes(from.bytes, 0, from.size);
  }

  /** Appends a part of another buffer. */
  void append(Buffer from, int offset, int length) {
    bytes(from.bytes, offset, length);
  }

  /** Appends a text whose characters are all in ASCII, see {@link Wire#isAscii}. */
  void ascii(String text) {
    int length = text.length();
    room(length);
    for (int i = 0; i < length; i++) {
      bytes[size + i] = (byte) text.charAt(i);
    }
    size += length;
  }

  /** Appends a number as 16 hexadecimal digits. */
  void hex(long value) {
    room(HEX_DIGITS);
    for (int shift = Long.SIZE - 4; shift >= 0; shift -= 4) {
      bytes[size++] = DIGITS[(int) (value >>> shift) & 0xf];
    }
  }

  /** Appends the text of an IPv4 address. */
  void ipv4(int address) {
    room(LONGEST_IPV4);
    octet(address >>> 24);
    bytes[size++] = '.';
    octet(address >>> 16 & 0xff);
    bytes[size++] = '.';
    octet(address >>> 8 & 0xff);
    bytes[size++] = '.';
    octet(address & 0xff);
  }

  private void octet(int value) {
    if (value >= 100) {
      bytes[size++] = DIGITS[value / 100];
    }
    if (value >= 10) {
      bytes[size++] = DIGITS[value / 10 % 10];
    }
    bytes[size++] = DIGITS[value % 10];
  }

  /** The bytes; not a copy if the buffer is full, so that it must not be used any more. */
  byte[] toArray() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  /** The length of the text of an IPv4 address. */
  static int lengthOfIpv4(int address) {
    return 3
        + digits(address >>> 24)
        + digits(address >>> 16 & 0xff)
        + digits(address >>> 8 & 0xff)
        + digits(address & 0xff);
  }

  private static int digits(int octet) {
    return octet >= 100 ? 3 : octet >= 10 ? 2 : 1;
  }
}
