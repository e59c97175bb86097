package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AddressRange;
import io.netspan.receiver.net.Address;
import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CorrelationPeersTest {
  private static boolean contains(List<AddressRange> ranges, String literal) {
    Endpoint peer = new Endpoint(Address.of(InetAddress.ofLiteral(literal)), 80);
    return new CorrelationPeers(ranges).contains(new Ends(1, peer, peer));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3/8, 10.9.9.9, true", // bits after the prefix are ignored
    "172.16.0.0/12, 172.31.255.255, true",
    "172.16.0.0/12, 172.32.0.0, false",
    "192.168.1.1, 192.168.1.1, true",
    "192.168.1.1, 192.168.1.2, false",
    "0.0.0.0/0, 8.8.8.8, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 8.8.8.8, false",
    "fc00::/7, fdff::1, true",
    "fc00::/7, fe00::1, false",
    "2001:db8::/64, 2001:db8::ffff:ffff:ffff:ffff, true",
    "2001:db8::/64, 2001:db8:0:1::, false",
    "2001:db8::/65, 2001:db8::7fff:0:0:0, true",
    "2001:db8::/65, 2001:db8::8000:0:0:0, false",
    "::1/128, ::1, true",
    "::1/128, ::2, false",
    "::/63, 0:0:0:1::, true",
  })
  void aRangeContainsTheAddressesWithItsPrefix(String range, String address, boolean contained) {
    assertThat(contains(List.of(AddressRange.parse(range)), address)).isEqualTo(contained);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "10.1.1.1, true",
    "172.20.0.1, true",
    "192.168.7.7, true",
    "169.254.1.1, true",
    "100.64.0.1, true",
    "::1, true",
    "fe80::1, true",
    "fd00::1, true",
    "8.8.8.8, false",
    "100.128.0.1, false",
    "2001:db8::1, false",
    "::2, false",
  })
  void theDefaultRangesAreLocalAndPrivate(String address, boolean contained) {
    assertThat(contains(AddressRange.LOCAL_AND_PRIVATE, address)).isEqualTo(contained);
  }

  @Test
  void anEmptyListContainsNoAddress() {
    assertThat(contains(List.of(), "127.0.0.1")).isFalse();
  }
}
