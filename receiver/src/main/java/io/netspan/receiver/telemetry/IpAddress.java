package io.netspan.receiver.telemetry;

/** Writes addresses as text: IPv4 dotted, IPv6 as RFC 5952 wants it. */
public final class IpAddress {
  private static final int GROUPS = 8;

  private IpAddress() {}

  /**
   * The address as text.
   *
   * @param high the first eight bytes as a big-endian number; an IPv4 address is in its upper half
   * @param low the last eight bytes; ignored for IPv4
   */
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
