package io.netspan.it;

import java.io.IOException;

/** Two hosts in different networks and the router between them, each a network namespace. */
record RoutedHosts(NetworkNamespace left, NetworkNamespace router, NetworkNamespace right)
    implements AutoCloseable {
  static final String LEFT = "10.84.1.2";
  static final String RIGHT = "10.84.2.2";

  /** The router's addresses, towards each of them. */
  static final String ROUTER_LEFT = "10.84.1.1";

  static final String ROUTER_RIGHT = "10.84.2.1";

  static RoutedHosts create() {
    RoutedHosts hosts =
        new RoutedHosts(
            NetworkNamespace.create("left"),
            NetworkNamespace.create("router"),
            NetworkNamespace.create("right"));
    try {
      hosts.left.connect("cable", LEFT, hosts.router, "left", ROUTER_LEFT);
      hosts.right.connect("cable", RIGHT, hosts.router, "right", ROUTER_RIGHT);
      hosts.left.ip("route", "add", "default", "via", ROUTER_LEFT);
      hosts.right.ip("route", "add", "default", "via", ROUTER_RIGHT);
      hosts.router.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
      return hosts;
    } catch (RuntimeException | Error e) {
      hosts.close();
      throw e;
    }
  }

  /** Translates connections to a port of the router: they go to the right host. */
  void translateDestination(String address, int port, int actualPort)
      throws IOException, InterruptedException {
    router.nft(
        """
        table ip netspan { chain to { type nat hook prerouting priority dstnat;
          ip daddr %s tcp dport %d dnat to %s:%d; }; }
        """
            .formatted(address, port, RIGHT, actualPort));
  }

  /**
   * Translates connections that were made to a port: to the right host they come from the router.
   */
  void translateSource(int port) throws IOException, InterruptedException {
    router.nft(
        """
        table ip netspan { chain from { type nat hook postrouting priority srcnat;
          meta l4proto tcp ct original proto-dst %d snat to %s; }; }
        """
            .formatted(port, ROUTER_RIGHT));
  }

  @Override
  public void close() {
    right.close();
    router.close();
    left.close();
  }
}
