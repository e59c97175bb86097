package io.netspan.receiver.bench;

import io.netspan.receiver.wire.CgroupEvent;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.KernelEvents;
import io.netspan.receiver.wire.ProcessEvent;
import io.netspan.receiver.wire.TcpAcceptEvent;
import io.netspan.receiver.wire.TcpCloseEvent;
import io.netspan.receiver.wire.TcpClosingEvent;
import io.netspan.receiver.wire.TcpEstablishedEvent;
import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.wire.TcpOpenEvent;
import io.netspan.receiver.wire.TcpResetEvent;
import io.netspan.receiver.wire.TcpSocketEvent;
import io.netspan.receiver.wire.TcpUnchangedEvent;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What one side of a connection costs the thread that has the turn: its three or four events, from
 * the ring on. The line gc.alloc.rate.norm has the bytes allocated for it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
@OperationsPerInvocation(EventTape.SIDES)
public class HotPathBenchmark {
  private final EventTape tape = new EventTape();
  private final Sink sink = new Sink();
  private final EventDecoder decoder = new EventDecoder(sink);
  private final Pipeline metrics = Pipeline.metricsOnly();
  private Pipeline spans = metrics;

  /** Reads of each event what the tracker reads. */
  private static final class Sink implements KernelEvents {
    long sum;

    @Override
    public void cgroup(CgroupEvent event) {
      sum += event.ktimeNs();
    }

    @Override
    public void process(ProcessEvent event) {
      sum += event.ktimeNs();
    }

    @Override
    public void tcpOpen(TcpOpenEvent event) {
      sum += event.ktimeNs() + event.sk() + event.tgid() + event.startTime() + event.peerPort();
    }

    @Override
    public void tcpEstablished(TcpEstablishedEvent event) {
      sum += event.ktimeNs() + event.sk() + event.localIsn() + event.remoteIsn() + event.srttUs();
    }

    @Override
    public void tcpClosing(TcpClosingEvent event) {
      sum += event.ktimeNs() + event.sk() + event.tgid() + event.startTime() + event.newstate();
    }

    @Override
    public void tcpAccept(TcpAcceptEvent event) {
      sum += event.ktimeNs() + event.sk() + event.tgid() + event.startTime();
    }

    @Override
    public void tcpSocket(TcpSocketEvent event) {
      sum += event.ktimeNs() + event.sk() + event.payloadSent(1) + event.payloadReceived();
    }

    @Override
    public void tcpUnchanged(TcpUnchangedEvent event) {
      sum += event.sk();
    }

    @Override
    public void tcpClose(TcpCloseEvent event) {
      sum +=
          event.ktimeNs()
              + event.sk()
              + event.localHigh()
              + event.peerHigh()
              + event.bytesSent()
              + event.bytesReceived()
              + event.segsIn()
              + event.segsOut();
    }

    @Override
    public void tcpReset(TcpResetEvent event) {
      sum += event.sk();
    }

    @Override
    public void tcpListen(TcpListenEvent event) {
      sum += event.ktimeNs();
    }
  }

  @Setup
  public void keepSpans(Blackhole blackhole) {
    spans = Pipeline.withSpans(blackhole::consume);
  }

  @Benchmark
  public long decode() {
    tape.playTo(decoder);
    return sink.sum;
  }

  /** A state of its own for the same reason as {@link FullTable}. */
  @State(Scope.Thread)
  public static class Bare {
    final Pipeline tracker = Pipeline.trackerOnly();
    final Pipeline pairing = Pipeline.pairingOnly();
  }

  @Benchmark
  public long decodeTrack(Bare bare) {
    tape.playTo(bare.tracker.decoder);
    return bare.tracker.tracker.ended();
  }

  /** What it costs more than {@link #decodeTrack} is the cost of pairing. */
  @Benchmark
  public long decodeTrackPair(Bare bare) {
    tape.playTo(bare.pairing.decoder);
    return bare.pairing.tracker.ended();
  }

  @Benchmark
  public long decodeTrackMetrics() {
    tape.playTo(metrics.decoder);
    return metrics.tracker.ended();
  }

  /**
   * A state of its own: filling the series plays events, which would spoil the JIT compiler's type
   * profiles in the forks of the other benchmarks.
   */
  @State(Scope.Thread)
  public static class FullTable {
    final Pipeline pipeline = Pipeline.pastTheSeriesLimit();
  }

  /** As {@link #decodeTrackMetrics}, of connections that are all counted in the overflow series. */
  @Benchmark
  public long decodeTrackMetricsPastTheLimit(FullTable full) {
    tape.playTo(full.pipeline.decoder);
    return full.pipeline.tracker.ended();
  }

  @Benchmark
  public long decodeTrackMetricsSpan() {
    tape.playTo(spans.decoder);
    return spans.tracker.ended();
  }
}
