package io.netspan.linux.sockdiag;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Builds the kernel's messages byte by byte. */
final class Messages {

  /** {@code struct tcp_info} of Linux 6.18, in full. */
  static final int INFO_NOW = 248;

  /** As of Linux 4.9, which ends after delivery_rate. */
  static final int INFO_4_9 = 168;

  private Messages() {}

  static byte[] message(int type, int flags, int sequence, byte[] payload) {
    byte[] bytes = new byte[16 + payload.length];
    ByteBuffer to = ordered(bytes);
    to.putInt(bytes.length).putShort((short) type).putShort((short) flags);
    to.putInt(sequence).putInt(0).put(payload);
    return bytes;
  }

  static byte[] done(int sequence) {
    return message(Netlink.NLMSG_DONE, 2, sequence, new byte[4]);
  }

  static byte[] error(int sequence, int errno) {
    byte[] payload = new byte[20];
    ordered(payload).putInt(-errno);
    return message(Netlink.NLMSG_ERROR, 0, sequence, payload);
  }

  static byte[] socket(int sequence, byte[] payload) {
    return message(20, 2, sequence, payload);
  }

  /** {@code struct inet_diag_msg} of a connection of 127.0.0.1, then its tcp_info. */
  static byte[] connection(int localPort, int peerPort, long cookie, int infoLength) {
    byte[] bytes = new byte[72 + 4 + infoLength];
    ByteBuffer to = ordered(bytes);
    to.put((byte) 2).put((byte) 1).put((byte) 0).put((byte) 0);
    to.order(ByteOrder.BIG_ENDIAN).putShort((short) localPort).putShort((short) peerPort);
    to.putInt(0x7f000001).position(24).putInt(0x7f000001).position(44);
    to.order(ByteOrder.nativeOrder()).putInt((int) cookie).putInt((int) (cookie >>> 32));
    to.putInt(0).putInt(3).putInt(5).putInt(1_000).putInt(0xf000_0001);
    to.putShort((short) (4 + infoLength)).putShort((short) 2);
    to.put(info(infoLength));
    return bytes;
  }

  /** Each member in use has a distinct value. */
  private static byte[] info(int length) {
    byte[] bytes = new byte[Math.max(length, INFO_NOW)];
    ByteBuffer to = ordered(bytes);
    to.putInt(44, 11).putInt(52, 13).putInt(56, 12).putInt(68, 101).putInt(100, 3);
    to.putLong(120, 10_008).putLong(128, 103).putInt(136, 17).putInt(140, 19).putInt(144, 23);
    to.putInt(148, 97).putInt(152, 7).putLong(200, 10_107).putLong(208, 100);
    return java.util.Arrays.copyOf(bytes, length);
  }

  static byte[] timeWait(byte[] connection) {
    byte[] copy = java.util.Arrays.copyOf(connection, 72);
    copy[1] = 5;
    copy[2] = 3;
    return copy;
  }

  static byte[] joined(byte[]... all) {
    ByteArrayOutputStream to = new ByteArrayOutputStream();
    for (byte[] one : all) {
      to.writeBytes(one);
    }
    return to.toByteArray();
  }

  static int sequence(byte[] question) {
    return ByteBuffer.wrap(question).order(ByteOrder.nativeOrder()).getInt(8);
  }

  private static ByteBuffer ordered(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }
}
