package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostsFileTest {
  @TempDir private Path folder;

  private static HostsFile.Content parse(String text) {
    return HostsFile.parse(text, /* cutOff= */ false);
  }

  @Test
  void theFirstNameOfAnAddressCounts() {
    HostsFile.Content content =
        parse("10.0.0.1 db.internal db # database\n\n10.0.0.1\tother\r\nfd00::1  cache_1\n");
    assertThat(content.names())
        .containsExactly(
            Map.entry(InetAddress.ofLiteral("10.0.0.1"), "db.internal"),
            Map.entry(InetAddress.ofLiteral("fd00::1"), "cache_1"));
    assertThat(content.problems()).isEmpty();
  }

  @Test
  void namesThatEveryMachineHasForItselfAreNotOthers() {
    HostsFile.Content content =
        parse(
            """
            127.0.0.1 localhost db
            127.0.1.1 this-machine
            ::1 ip6-localhost ip6-loopback
            ff02::1 ip6-allnodes
            fe00::0 ip6-localnet
            0.0.0.0 ads.example
            10.0.0.9 LocalHost.localdomain
            fe80::1%eth0 router
            """);
    assertThat(content.names()).isEmpty();
    assertThat(content.problems()).isEmpty();
  }

  @Test
  void linesThatMakeNoSenseAreLeftOutAndReported() {
    HostsFile.Content content =
        parse(
            "10.0.0.1 ok\n10.1 short\n10.0.0.2\n999.0.0.1 big\n10.0.0.3 \u001b[2Jred\n"
                + "10.0.0.4 "
                + "x".repeat(254)
                + "\nhost 10.0.0.5\n::1::2 twice\n");
    assertThat(content.names()).containsOnlyKeys(InetAddress.ofLiteral("10.0.0.1"));
    assertThat(content.problems())
        .containsExactly("7 lines are not an address and host names, the first is line 2");
  }

  @Test
  void moreThanFitsIsReported() throws IOException {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < HostsFile.MOST_NAMES + 10; i++) {
      many.append("10.1.").append(i >> 8).append('.').append(i & 255).append(" h").append(i);
      many.append('\n');
    }
    HostsFile.Content content = parse(many.toString());
    assertThat(content.names()).hasSize(HostsFile.MOST_NAMES);
    assertThat(content.problems())
        .containsExactly("only the first 16384 names count, up to line 16384");

    Path large = folder.resolve("large");
    Files.writeString(large, "10.0.0.1 first\n" + "#".repeat(HostsFile.MOST_BYTES));
    content = HostsFile.read(large);
    assertThat(content.names()).hasSize(1);
    assertThat(content.problems()).containsExactly("only the first 4 MiB count");
  }

  @Test
  void anyBytesGiveNamesOrProblems() {
    Random random = new Random(1);
    byte[] bytes = new byte[4_096];
    for (int i = 0; i < 500; i++) {
      random.nextBytes(bytes);
      HostsFile.Content content = parse(new String(bytes, StandardCharsets.UTF_8));
      assertThat(content.names().size() + content.problems().size()).isPositive();
      assertThat(content.names().values()).allMatch(name -> name.matches("[A-Za-z0-9_.-]+"));
    }
  }
}
