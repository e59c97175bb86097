package io.netspan.receiver.net;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * An IP address. A v4-mapped IPv6 address is an IPv4 address here.
 *
 * @param high the first eight bytes as a big-endian number; IPv4 in its upper half
 * @param low the last eight bytes; 0 for IPv4
 */
public record Address(boolean ipv6, long high, long low) {
  private static final int GROUPS = 8;

  /** The same address. */
  public static Address of(InetAddress address) {
    byte[] bytes = address.getAddress();
    ByteBuffer number = ByteBuffer.allocate(2 * Long.BYTES).put(bytes).rewind();
    return new Address(bytes.length > Integer.BYTES, number.getLong(), number.getLong());
  }

  /** The address as text: IPv4 in dotted decimal, IPv6 in the form of RFC 5952. */
  public String text() {
    return text(ipv6, high, low);
  }

  /** The text of an address given as numbers, without an {@code Address} object. */
  public static String text(boolean ipv6, long high, long low) {
    return ipv6 ? v6(high, low) : v4((int) (high >>> 32));
  }

  private static String v4(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 0xff)
        + "."
        + (address >>> 8 & 0xff)
        + "."
        + (address & 0xff);
  }

  private static String v6(long high, long low) {
    int zerosAt = -1;
    int zeros = 1; // A single group of zeros is not shortened (section 4.2.2).
    for (int i = 0; i < GROUPS; i++) {
      int run = 0;
      while (i + run < GROUPS && group(high, low, i + run) == 0) {
        run++;
      }
      if (run > zeros) {
        zerosAt = i;
        zeros = run;
      }
      i += run;
    }
    StringBuilder to = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == zerosAt) {
        to.append("::");
        i += zeros - 1;
        continue;
      }
      if (!to.isEmpty() && to.charAt(to.length() - 1) != ':') {
        to.append(':');
      }
      to.append(Integer.toHexString(group(high, low, i)));
    }
    return to.toString();
  }

  private static int group(long high, long low, int i) {
    return (int) ((i < 4 ? high : low) >>> (48 - 16 * (i & 3))) & 0xffff;
  }
}
