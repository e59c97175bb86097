package io.netspan.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A range of addresses in CIDR notation.
 *
 * @param high the first eight bytes of the address as a big-endian number; IPv4 is in its upper
 *     half
 * @param low the last eight bytes; 0 for IPv4
 * @param prefixLength how many leading bits count: 0 to 32, or to 128 for IPv6
 */
public record AddressRange(boolean ipv6, long high, long low, int prefixLength) {

  public static final Form<AddressRange> FORM = Form.of(AddressRange::parse, _ -> true, "");

  /**
   * The ranges in which other agents may trace the other end of a connection: loopback, link-local
   * and private addresses.
   */
  public static final List<AddressRange> LOCAL_AND_PRIVATE =
      List.of(
          parse("127.0.0.0/8"),
          parse("10.0.0.0/8"),
          parse("172.16.0.0/12"),
          parse("192.168.0.0/16"),
          parse("169.254.0.0/16"),
          parse("100.64.0.0/10"),
          parse("::1/128"),
          parse("fe80::/10"),
          parse("fc00::/7"));

  /**
   * Reads {@code 10.0.0.0/8} or {@code fd00::/8}; without a length, the one address.
   *
   * @throws ConfigException if the text is neither
   */
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    try {
      InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
      boolean v6 = address instanceof Inet6Address;
      int most = v6 ? 128 : 32;
      int length = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
      if (length < 0 || length > most) {
        throw ConfigException.unreadable(text, "the prefix length must be from 0 to " + most);
      }
      ByteBuffer bytes = ByteBuffer.allocate(16).put(address.getAddress()).rewind();
      return new AddressRange(v6, bytes.getLong(), bytes.getLong(), length);
    } catch (IllegalArgumentException e) {
      throw ConfigException.unreadable(text, "write address ranges such as 10.0.0.0/8,fd00::/8");
    }
  }

  /** The same range without the bits that do not count. */
  AddressRange masked() {
    return new AddressRange(
        ipv6, high & mask(prefixLength), low & mask(prefixLength - Long.SIZE), prefixLength);
  }

  private static long mask(int bits) {
    if (bits <= 0) {
      return 0;
    }
    return bits >= Long.SIZE ? -1L : -1L << (Long.SIZE - bits);
  }

  /** The range in CIDR notation. */
  String written() {
    byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    try {
      return InetAddress.getByAddress(ipv6 ? bytes : Arrays.copyOf(bytes, 4)).getHostAddress()
          + "/"
          + prefixLength;
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }
}
