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

  /** The same address. */
  public static Address of(InetAddress address) {
    byte[] bytes = address.getAddress();
    ByteBuffer number = ByteBuffer.allocate(2 * Long.BYTES).put(bytes).rewind();
    return new Address(bytes.length > Integer.BYTES, number.getLong(), number.getLong());
  }
}
