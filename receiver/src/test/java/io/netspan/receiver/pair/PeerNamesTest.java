package io.netspan.receiver.pair;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.net.Address;
import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import io.netspan.receiver.workload.PeerName;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PeerNamesTest {
  private static final List<String> RANGES =
      List.of(
          "10.0.0.0/8=corp",
          "10.1.2.0/24=billing",
          "10.1.2.128/25=upper",
          "10.1.2.255/32=last",
          "10.1.2.0/32=first",
          "255.255.255.0/24=top",
          "255.255.255.255/32=broadcast",
          "fd00::/8=corp6",
          "fd00:1::/32=site",
          "fd00:1::1/128=host",
          "ffff::/16=end6",
          "2001:db8:0:1::/64=low64",
          "2001:db8::/63=two64");

  private static PeerNames.Range range(String text) {
    String[] parts = text.split("[/=]", -1);
    Address address = Address.of(InetAddress.ofLiteral(parts[0]));
    return new PeerNames.Range(
        address.ipv6(),
        address.high(),
        address.low(),
        Integer.parseInt(parts[1]),
        new PeerName(parts[2], PeerName.Provenance.CIDR));
  }

  private static @Nullable String name(PeerNames names, Address address) {
    Endpoint peer = new Endpoint(address, 80);
    PeerName name = names.of(new Ends(1, peer, peer));
    return name == null ? null : name.name();
  }

  @ParameterizedTest
  @CsvSource({
    "9.255.255.255,",
    "10.0.0.0, corp",
    "10.1.1.255, corp",
    "10.1.2.0, first",
    "10.1.2.1, billing",
    "10.1.2.127, billing",
    "10.1.2.128, upper",
    "10.1.2.254, upper",
    "10.1.2.255, last",
    "10.1.3.0, corp",
    "10.255.255.255, corp",
    "11.0.0.0,",
    "255.255.255.254, top",
    "255.255.255.255, broadcast",
    "0.0.0.0,",
    "::,",
    "fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,",
    "fd00::, corp6",
    "fd00:1::, site",
    "fd00:1::1, host",
    "fd00:1::2, site",
    "fd00:2::, corp6",
    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, corp6",
    "fe00::,",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, end6",
    "2001:db8:0:0:ffff::, two64",
    "2001:db8:0:1:ffff:ffff:ffff:ffff, low64",
    "2001:db8:0:2::,",
    "a00::,", // whose first bytes are those of 10.0.0.0
  })
  void theNarrowestRangeNamesAnAddress(String address, @Nullable String name) {
    PeerNames names = new PeerNames();
    names.replace(RANGES.stream().map(PeerNamesTest::range).toList());
    assertThat(name(names, Address.of(InetAddress.ofLiteral(address)))).isEqualTo(name);
    names.replace(RANGES.reversed().stream().map(PeerNamesTest::range).toList());
    assertThat(name(names, Address.of(InetAddress.ofLiteral(address)))).isEqualTo(name);
  }

  @Test
  void ofTwoNamesForOneRangeTheFirstCounts() {
    PeerNames names = new PeerNames();
    names.replace(List.of(range("10.0.0.1/32=setting"), range("10.0.0.1/32=hosts")));
    assertThat(name(names, Address.of(InetAddress.ofLiteral("10.0.0.1")))).isEqualTo("setting");
    names.replace(List.of());
    assertThat(name(names, Address.of(InetAddress.ofLiteral("10.0.0.1")))).isNull();
  }

  /** Against a search of all ranges; dense, so that ranges are often nested and adjacent. */
  @Test
  void anyRangesAgreeWithASearchOfAllOfThem() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 300; round++) {
      boolean ipv6 = round % 2 == 0;
      List<PeerNames.Range> ranges = new ArrayList<>();
      for (int i = 0; i < 1 + round % 40; i++) {
        ranges.add(randomRange(random, ipv6, i));
      }
      PeerNames names = new PeerNames();
      names.replace(ranges);
      for (int i = 0; i < 500; i++) {
        Address address = randomAddress(random, ipv6);
        assertThat(name(names, address)).isEqualTo(searched(ranges, address));
      }
    }
  }

  private static Address randomAddress(SplittableRandom random, boolean ipv6) {
    long few = random.nextInt(256);
    return ipv6
        ? new Address(true, random.nextInt(3) - 1L, few << 56 | -random.nextInt(2) >>> 8)
        : new Address(false, (0xffff_ff00L | few) << 32, 0);
  }

  private static PeerNames.Range randomRange(SplittableRandom random, boolean ipv6, int number) {
    Address at = randomAddress(random, ipv6);
    int length = ipv6 ? random.nextInt(129) : random.nextInt(33);
    return new PeerNames.Range(
        ipv6,
        at.high() & prefix(length),
        at.low() & prefix(length - 64),
        length,
        new PeerName("n" + number, PeerName.Provenance.CIDR));
  }

  private static long prefix(int length) {
    return length <= 0 ? 0 : length >= 64 ? -1L : -1L << (64 - length);
  }

  private static @Nullable String searched(List<PeerNames.Range> ranges, Address address) {
    return ranges.stream()
        .filter(
            range ->
                (address.high() & prefix(range.prefixLength())) == range.high()
                    && (address.low() & prefix(range.prefixLength() - 64)) == range.low())
        .sorted(Comparator.comparingInt(range -> -range.prefixLength()))
        .map(range -> range.name().name())
        .findFirst()
        .orElse(null);
  }
}
