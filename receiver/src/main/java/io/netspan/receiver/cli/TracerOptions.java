package io.netspan.receiver.cli;

import io.netspan.config.TracerSettings;
import io.netspan.config.UdpSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about what is watched, and how. */
final class TracerOptions {
  @Option(
      names = "--tracer",
      paramLabel = "auto|bpf|poll",
      description =
          "How connections are watched: bpf (kernel programs), poll (netlink and /proc, which see less), or auto: bpf where it can run (default: ${bundle:default.tracer}).")
  private @Nullable String tracer;

  @Option(
      names = "--udp",
      paramLabel = "off|on|sampled",
      description =
          "Count UDP flows, all or one in 16, at a cost per datagram (default: ${bundle:default.udp}).")
  private @Nullable String udp;

  @Option(
      names = "--udp-idle-timeout",
      paramLabel = "DURATION",
      description =
          "A UDP flow ends after this long without a datagram (default: ${bundle:default.udp-idle-timeout}).")
  private @Nullable String udpIdleTimeout;

  @Option(
      names = "--include-self",
      description =
          "Report the agent's own connections, too (default: ${bundle:default.include-self}).")
  private boolean includeSelf;

  @Option(
      names = "--snapshot-interval",
      paramLabel = "DURATION",
      description =
          "How often to rescan open connections; 0 scans only at startup (default: ${bundle:default.snapshot-interval}).")
  private @Nullable String snapshotInterval;

  @Option(
      names = "--poll-interval",
      paramLabel = "DURATION",
      description =
          "How often to scan open sockets when netspan polls instead of using BPF (default: ${bundle:default.poll-interval}).")
  private @Nullable String pollInterval;

  TracerSettings settings(TracerSettings below, MemoryOptions memory, Overrides given) {
    return new TracerSettings(
        given.of("--tracer", tracer, TracerSettings.CHOICE, below.choice()),
        memory.ringBytes(below, given),
        memory.mostConnections(below, given),
        includeSelf || below.includeSelf(),
        given.of(
            "--snapshot-interval",
            snapshotInterval,
            TracerSettings.SNAPSHOT_INTERVAL,
            below.snapshotInterval()),
        given.of(
            "--poll-interval", pollInterval, TracerSettings.POLL_INTERVAL, below.pollInterval()));
  }

  UdpSettings settings(UdpSettings below, Overrides given) {
    return new UdpSettings(
        given.of("--udp", udp, UdpSettings.MODE, below.mode()),
        given.of(
            "--udp-idle-timeout", udpIdleTimeout, UdpSettings.IDLE_TIMEOUT, below.idleTimeout()));
  }
}
