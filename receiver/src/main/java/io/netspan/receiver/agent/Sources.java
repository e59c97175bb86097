package io.netspan.receiver.agent;

import io.netspan.config.TracerChoice;
import io.netspan.config.UdpMode;
import io.netspan.receiver.kernel.KernelSource;
import io.netspan.receiver.kernel.UdpSource;
import io.netspan.receiver.poll.PollSource;
import io.netspan.receiver.replay.ReplaySource;
import io.netspan.receiver.source.Need;
import io.netspan.receiver.source.Source;
import io.netspan.receiver.source.Supervisor;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The sources of events. A further source is added as one line in {@link #ALL}. */
final class Sources {
  /** Makes the supervisor of one source, which starts its first session. */
  interface Wire {
    /** Empty if the settings do not ask for the source. */
    Optional<Supervisor> supervise(Wiring wiring);
  }

  /**
   * In the order in which they start, and in which they read the remaining events at the end.
   * Connections come first because the processes of UDP flows are announced in their ring.
   */
  static final List<Wire> ALL = List.of(Sources::connections, Sources::flows);

  private Sources() {}

  /** These sources, and before them one that plays recorded events so often and then ends. */
  static List<Wire> withReplay(int times) {
    Wire replay =
        w ->
            Optional.of(
                new Supervisor(
                    "replay",
                    Need.REQUIRED,
                    List.of(new ReplaySource(times, w.tracker(), w.turn())),
                    w.turn(),
                    System::nanoTime));
    return Stream.concat(Stream.of(replay), ALL.stream()).toList();
  }

  private static Optional<Supervisor> connections(Wiring w) {
    Source kernel =
        new KernelSource(
            w.settings(), w.first(), w.tracker(), w.decoder(), w.epoch(), w.link(), w.turn());
    Source poll =
        new PollSource(
            w.settings().tracer().pollInterval(),
            w.settings().tracer().includeSelf(),
            w.backends(),
            w.tracker().reconciler(),
            w.epoch(),
            w.turn());
    List<Source> ways =
        switch (w.settings().tracer().choice()) {
          case BPF -> List.of(kernel);
          case POLL -> List.of(poll);
          case AUTO -> List.of(kernel, poll);
        };
    return Optional.of(new Supervisor("tracer", Need.REQUIRED, ways, w.turn(), System::nanoTime));
  }

  private static Optional<Supervisor> flows(Wiring w) {
    if (w.settings().udp().mode() == UdpMode.OFF
        || w.settings().tracer().choice() == TracerChoice.POLL) {
      return Optional.empty(); // The settings warn about polling.
    }
    Source udp =
        new UdpSource(
            w.settings().udp(),
            w.settings().tracer().includeSelf(),
            w.link(),
            w.workloads(),
            w.flows(),
            w.turn());
    return Optional.of(
        new Supervisor("udp", Need.OPTIONAL, List.of(udp), w.turn(), System::nanoTime));
  }
}
