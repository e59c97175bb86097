package io.netspan.receiver.kernel;

import java.util.ArrayList;
import java.util.List;

/** Ways of seeing datagrams, the best first: each is tried until one can be loaded and attached. */
enum UdpRung {
  /** Linux 5.17, where trampolines are allowed. */
  FUNCTIONS(true, true, "fexit/udp_sendmsg and related functions"),
  FUNCTIONS_ALONE(
      true,
      false,
      "fexit/udp_sendmsg and related functions; the closing of sockets is not seen,"
          + " so flows end by the idle timeout"),
  /** Linux 6.3. Also costs time in every send and receive call of TCP. */
  TRACEPOINTS(
      false,
      true,
      "tp_btf/sock_send_length and sock_recv_length, with cgroup hooks for the"
          + " peers of unconnected sockets; this also adds a cost to each TCP send and receive call"),
  TRACEPOINTS_ALONE(
      false,
      false,
      "tp_btf/sock_send_length and sock_recv_length; the peers of unconnected"
          + " sockets and the closing of sockets are not seen, so flows end by the idle timeout; this"
          + " also adds a cost to each TCP send and receive call");

  private static final List<String> BY_FUNCTIONS =
      List.of("sent4", "sent6", "received4", "received6");
  private static final List<String> BY_TRACEPOINTS = List.of("send_length", "recv_length");
  private static final List<String> NAMES =
      List.of("name_send4", "name_send6", "name_recv4", "name_recv6");
  private static final List<String> ENDS = List.of("release");

  private final boolean functions;
  private final boolean cgroups;
  private final String description;

  UdpRung(boolean functions, boolean cgroups, String description) {
    this.functions = functions;
    this.cgroups = cgroups;
    this.description = description;
  }

  /**
   * The programs that count datagrams; the kernel skips a run that interrupts another, and counts
   * the skipped runs.
   */
  List<String> traced() {
    return functions ? BY_FUNCTIONS : BY_TRACEPOINTS;
  }

  boolean needsCgroups() {
    return cgroups;
  }

  /** The programs that are attached to the root of the cgroup hierarchy. */
  List<String> cgroup() {
    if (!cgroups) {
      return List.of();
    }
    return functions ? ENDS : join(NAMES, ENDS);
  }

  private static List<String> join(List<String> some, List<String> others) {
    List<String> all = new ArrayList<>(some);
    all.addAll(others);
    return all;
  }

  /** How this rung sees datagrams, and what it does not see. */
  String description() {
    return description;
  }

  /** All programs that any rung has. */
  static List<String> programs() {
    return join(join(BY_FUNCTIONS, BY_TRACEPOINTS), join(NAMES, ENDS));
  }
}
