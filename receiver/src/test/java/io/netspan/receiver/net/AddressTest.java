package io.netspan.receiver.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressTest {
  private static String text(String literal) {
    byte[] bytes = InetAddress.ofLiteral(literal).getAddress();
    ByteBuffer wide = ByteBuffer.allocate(16).put(bytes).rewind();
    return Address.text(bytes.length == 16, wide.getLong(), wide.getLong());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "127.0.0.1", "255.255.255.255", "128.0.0.1", "10.200.3.40"})
  void anIpv4AddressIsWrittenAsDottedDecimal(String address) {
    assertThat(text(address)).isEqualTo(address);
  }

  /** The cases of RFC 5952, sections 4 and 5, and the lowest and highest addresses. */
  @ParameterizedTest
  @CsvSource({
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "2001:0db8::0001, 2001:db8::1",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:DB8::AAAA:BBBB, 2001:db8::aaaa:bbbb",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8",
    "0:0:3:4:5:6:7:8, ::3:4:5:6:7:8",
    "1:2:3:4:5:6:0:0, 1:2:3:4:5:6::",
    "0:2:3:4:5:6:7:0, 0:2:3:4:5:6:7:0",
    "fe80::200:ff:fe00:1, fe80::200:ff:fe00:1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  })
  void anIpv6AddressIsWrittenCanonically(String address, String canonical) {
    assertThat(text(address)).isEqualTo(canonical);
  }

  @Test
  void anyAddressIsParsedBackToItself() throws UnknownHostException {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      long high = sparse(random);
      long low = sparse(random) | 1L << 40; // not v4-mapped, which Java parses as IPv4
      byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();

      String v6 = Address.text(true, high, low);
      assertThat(Inet6Address.getByAddress(bytes)).isEqualTo(InetAddress.ofLiteral(v6));
      assertThat(v6).hasSizeLessThanOrEqualTo(39).doesNotMatch(".*[A-F].*|.*:::.*");
      byte[] first = {bytes[0], bytes[1], bytes[2], bytes[3]};
      assertThat(Address.text(false, high, low))
          .isEqualTo(InetAddress.getByAddress(first).getHostAddress());
    }
  }

  /** Returns a number with many groups of zeros. */
  private static long sparse(SplittableRandom random) {
    long value = random.nextLong();
    for (int group = 0; group < 4; group++) {
      if (random.nextBoolean()) {
        value &= ~(0xffffL << (16 * group));
      }
    }
    return value;
  }
}
