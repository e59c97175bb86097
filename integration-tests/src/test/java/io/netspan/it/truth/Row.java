package io.netspan.it.truth;

/** The rows of the truth table. Each must be in the printed table, even if it was not run. */
public enum Row {
  L1("connect, accept, exchange, close; IPv4"),
  L2("the same over IPv6"),
  L3("dual-stack sockets, v4-mapped addresses"),
  L4("refused, blocking socket"),
  L5("refused, non-blocking socket"),
  L6("SYN swallowed: timed out, or closed while connecting"),
  L7("no route, unreachable, no port left, port in use"),
  L8("sockets closed without a connection"),
  L9("100,003 refused connects, then a good one"),
  L10("resets by either side, and processes killed with open sockets"),
  L11("shutdown by either side, then idle"),
  L12("closed by the peer before accept() returns"),
  L13("TCP Fast Open, data with the SYN"),
  L14("10 s without traffic"),
  L15("10,007 short connections on all CPUs"),
  L16("UDP flows"),
  L17("idle for 3 s, then reset by the peer, on one address"),
  L18("10,007 short connections, packets steered between CPUs"),
  L19("sockets that connect again, refused or disconnected before"),
  L20("data or a reset after the FIN"),
  L21("the stack refuses to send, for 2 s"),
  L22("an ICMP error that is pending at the end"),
  L23("taken elsewhere by TCP_REPAIR"),
  L24("TCP Fast Open, closed by the server before the handshake is over"),
  M1("MPTCP: open before the agent, live, joined, fallen back"),
  S1("open before the agent starts"),
  S2("blocked in accept() before the agent starts"),
  S3("opened and closed while the agent starts"),
  S4("the ring overflows, and tracking recovers"),
  S5("killed and restarted 20 times; two agents at once"),
  S6("without BPF: polling"),
  S7("CPUs and clocks that change"),
  W1("fork after accept, the child serves"),
  W2("prefork and SO_REUSEPORT workers"),
  W3("a descriptor passed to another process, whose sender has ended"),
  W4("one thread connects, another closes"),
  W5("1,009 processes of 5 ms"),
  W6("exec with an inherited socket"),
  W7("equal addresses and ports in two namespaces"),
  W11("processes first seen when they end"),
  W12("exec: an inherited listener, and sockets that the exec closes"),
  W13("processes that change their user, cgroup and name"),
  W14("two wildcards on one port, and listen() without bind()"),
  E2("20,000 connections a second"),
  E3("100,003 connections open at once"),
  E4("garbage: events, ring headers, /proc");

  private final String title;

  Row(String title) {
    this.title = title;
  }

  /** Returns a description of the row. */
  public String title() {
    return title;
  }
}
