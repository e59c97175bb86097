package io.netspan.receiver.agent;

import java.util.List;

/** Ways of seeing datagrams, the best first: each is tried until one can be loaded and attached. */
enum UdpRung {
  /** Linux 5.17, where trampolines are allowed. */
  FUNCTIONS(Calls.FUNCTIONS, List.of(Calls.RELEASE), "fexit/udp_sendmsg and its like"),
  FUNCTIONS_ALONE(
      Calls.FUNCTIONS,
      List.of(),
      "fexit/udp_sendmsg and its like, without the ends of sockets: flows end by the idle timeout"),
  /** Linux 6.3. Every send and receive call of TCP pays for it too. */
  TRACEPOINTS(
      Calls.TRACEPOINTS,
      Calls.CGROUP,
      "tp_btf/sock_send_length and sock_recv_length with cgroup hooks for the peers"),
  TRACEPOINTS_ALONE(
      Calls.TRACEPOINTS,
      List.of(),
      "tp_btf/sock_send_length and sock_recv_length, without the peers of unconnected sockets and"
          + " the ends of sockets: flows end by the idle timeout");

  private final List<String> traced;
  private final List<String> cgroup;
  private final String description;

  private static final class Calls {
    static final String RELEASE = "release";
    static final List<String> FUNCTIONS = List.of("sent4", "sent6", "received4", "received6");
    static final List<String> TRACEPOINTS = List.of("send_length", "recv_length");
    static final List<String> CGROUP =
        List.of("name_send4", "name_send6", "name_recv4", "name_recv6", RELEASE);
  }

  UdpRung(List<String> traced, List<String> cgroup, String description) {
    this.traced = traced;
    this.cgroup = cgroup;
    this.description = description;
  }

  /** Programs that count; the kernel leaves out a run that interrupts another, and counts it. */
  List<String> traced() {
    return traced;
  }

  /** Programs that are attached to the root of the cgroup hierarchy. */
  List<String> cgroup() {
    return cgroup;
  }

  /** What sees datagrams, and what that lacks. */
  String description() {
    return description;
  }

  /** All programs that any rung has. */
  static List<String> programs() {
    return List.of(Calls.FUNCTIONS, Calls.TRACEPOINTS, Calls.CGROUP).stream()
        .flatMap(List::stream)
        .toList();
  }
}
