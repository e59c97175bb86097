package io.netspan.receiver.poll;

import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.linux.sockdiag.SockDiagException;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Source;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.Reconciler;
import io.netspan.receiver.telemetry.EpochOffset;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Connections found by repeated scans of all sockets, without kernel programs.
 *
 * @param backends connections of the agent to these are left out unless {@code includeSelf}
 */
public record PollSource(
    Duration interval,
    boolean includeSelf,
    List<Endpoint> backends,
    Reconciler reconciler,
    EpochOffset epoch,
    Turn turn)
    implements Source {

  @Override
  public String name() {
    return "polling";
  }

  /**
   * Starts polling.
   *
   * @throws SockDiagException if the kernel cannot be asked for sockets
   */
  @Override
  public Session start(Start how) {
    int self = includeSelf ? 0 : Math.toIntExact(ProcessHandle.current().pid());
    return new PollSession(
        new SocketPoller(
            reconciler, PollSession.PROC, self, addresses(backends), how == Start.AGAIN),
        epoch,
        interval,
        turn);
  }

  private static Set<InetSocketAddress> addresses(List<Endpoint> backends) {
    Set<InetSocketAddress> all = new HashSet<>();
    for (Endpoint backend : backends) {
      if (backend.url().socket().isPresent()) {
        continue; // No TCP connection.
      }
      try {
        for (InetAddress address : InetAddress.getAllByName(backend.url().host())) {
          all.add(new InetSocketAddress(address, backend.url().port()));
        }
      } catch (UnknownHostException e) {
        // The exporter reports that the name cannot be resolved.
      }
    }
    return all;
  }

  @Override
  public String replacementNotice(String why) {
    return "the kernel programs cannot run, so connections are polled instead: "
        + why
        + ". Polling misses failed connections, the processes of those that come and go between two"
        + " scans, traces shared by both ends, handshake times and close reasons. Run 'netspan"
        + " doctor' for the remedy";
  }
}
