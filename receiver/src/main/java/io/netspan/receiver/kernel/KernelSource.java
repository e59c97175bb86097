package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.AgentSettings;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Source;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.wire.EventDecoder;
import java.util.Optional;

/**
 * Connections as the kernel programs report them: through their ring, and by passes over the open
 * sockets.
 *
 * @param first the programs that were attached when the agent started; later sessions attach their
 *     own
 * @param link receives the tracer while it runs
 */
public record KernelSource(
    AgentSettings settings,
    FirstTracer first,
    ConnectionTracker tracker,
    EventDecoder decoder,
    EpochOffset epoch,
    KernelLink link,
    Turn turn)
    implements Source {

  @Override
  public String name() {
    return "the kernel programs";
  }

  /**
   * Starts reading.
   *
   * @throws BpfException if the programs cannot run here
   */
  @Override
  public Session start(Start how) {
    KernelTracer programs = how == Start.FIRST ? first.take() : FirstTracer.attached(settings);
    try {
      RingLoop loop =
          new RingLoop(
              programs, decoder, epoch, tracker, settings.tracer().snapshotInterval(), how, turn);
      return new KernelSession(programs, loop, link, turn);
    } catch (RuntimeException e) {
      programs.close();
      throw e;
    }
  }

  @Override
  public Optional<String> whyUnavailable(RuntimeException failure) {
    return failure instanceof BpfException refused
        ? Optional.of(Refusal.of(refused))
        : Source.super.whyUnavailable(failure);
  }

  @Override
  public String restartNotice(String why) {
    return "the kernel programs failed, so they are started again and open connections are"
        + " rescanned: "
        + why;
  }
}
