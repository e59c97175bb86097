package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Connections over IPv6, and over IPv4 on IPv6 sockets. */
@RequiresRoot
class AddressFamilyTest {
  private static final int CONNECTIONS = 211;

  @Test
  void connectionsOverIpv6HaveIpv6Addresses() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("::1");
    check(loopback, loopback, "ipv6", "::1");
  }

  /** Sockets of Java are IPv6 sockets, on which an IPv4 address is v4-mapped. */
  @Test
  void connectionsOfIpv6SocketsOverIpv4HaveIpv4Addresses() throws Exception {
    check(null, InetAddress.ofLiteral("127.0.0.1"), "ipv4", "127.0.0.1");
  }

  private static void check(
      @Nullable InetAddress listen, InetAddress connect, String type, String address)
      throws Exception {
    try (AgentProcess agent = AgentProcess.start();
        Server server = Server.start(listen)) {
      server.connectFromHere(connect, CONNECTIONS);
      agent.awaitSides(server.port(), 2 * CONNECTIONS);
      Totals totals = agent.stop();

      assertThat(totals.lost()).isEqualTo("nothing");
      List<Side> sides = agent.sides(server.port());
      assertThat(sides).hasSize(2 * CONNECTIONS);
      assertThat(sides.stream().filter(Side::isClient).map(Side::id).collect(Collectors.toSet()))
          .hasSize(CONNECTIONS)
          .isEqualTo(
              sides.stream().filter(Side::isServer).map(Side::id).collect(Collectors.toSet()));
      long netns = (Long) Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino");
      assertThat(sides)
          .allSatisfy(
              side -> {
                assertThat(side.text("network.type")).isEqualTo(type);
                assertThat(side.text("network.local.address")).isEqualTo(address);
                assertThat(side.text("network.peer.address")).isEqualTo(address);
                assertThat(side.text("server.address")).isEqualTo(address);
                assertThat(
                        side.number(
                            side.isClient() ? "netspan.bytes.sent" : "netspan.bytes.received"))
                    .isEqualTo(5);
                assertThat(side.number("netspan.netns")).isEqualTo(netns);
                assertThat(side.pid()).isEqualTo(ProcessHandle.current().pid());
              });
    }
  }
}
