package io.netspan.receiver.slice;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.telemetry.CollectedExport;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A host whose connections are exported in slices. Its first event is 5 s after the start of {@link
 * #INTERVAL}.
 */
final class SlicedHost {
  static final long SECOND = 1_000_000_000L;
  static final long MINUTE = 60 * SECOND;
  static final long INTERVAL = 29_000_000;

  /** Later than all that happens here. */
  static final long LATE = 1_000_000 * SECOND;

  final List<NetworkSpan> exported = new ArrayList<>();

  /** When each of {@link #exported} was passed on to the exporters, by the kernel's clock. */
  final List<Long> exportedNs = new ArrayList<>();

  final List<NetworkSpan> printed = new ArrayList<>();
  final CollectedExport export = new CollectedExport(this::collect, /* sampled= */ true);

  /**
   * What the wall clock is ahead of CLOCK_BOOTTIME: the kernel's first event is 5 s after a cut.
   */
  private long offset = INTERVAL * MINUTE;

  final EpochOffset epoch = new EpochOffset(() -> LATE, () -> LATE + offset);

  final Slices slices =
      new Slices(
          new ConnectionSpans(
              new SpanSink(export, new CollectedSpans(printed), epoch),
              new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
              new Keep(List.of())),
          MINUTE,
          epoch::offsetNs,
          new SplittableRandom(2));
  final Pairing pairing = new Pairing(slices);
  final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              new FakeEnricher(),
              Contributors.NONE,
              new Resources(Attributes.empty()),
              WorkloadTable.Completion::run),
          pairing,
          new SplittableRandom(1),
          1_000_000);
  final FakeKernel kernel = new FakeKernel(new EventDecoder(tracker));
  final List<Side> open = new ArrayList<>();

  /** An open socket, and what it has sent. */
  static final class Side {
    final FakeSocket socket;
    final FakeProcess owner;
    long sent;
    int quietJiffies = 1_000_000;

    /** When it last sent; 0: {@link #quietJiffies} decides. */
    long sentAtNs;

    Side(FakeSocket socket, FakeProcess owner) {
      this.socket = socket;
      this.owner = owner;
    }
  }

  /**
   * @param aheadNs how much its wall clock is ahead of that of a host without a difference
   */
  SlicedHost(long aheadNs) {
    setWallClock(aheadNs);
    pairing.releaseTo(tracker::release);
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
    passWith(Provenance.BACKFILLED);
  }

  private void collect(NetworkSpan span) {
    exported.add(span);
    exportedNs.add(kernel.nowNs());
  }

  Side client(int isn) {
    FakeSocket socket = kernel.client(0x10_0000 + isn).isns(isn, ~isn);
    socket.open(FakeProcess.CURL);
    socket.established();
    Side side = new Side(socket, FakeProcess.CURL);
    open.add(side);
    return side;
  }

  Side server(int isn) {
    FakeSocket socket = kernel.server(0x20_0000 + isn).isns(isn, ~isn);
    socket.established();
    Side side = new Side(socket, FakeProcess.NGINX_WORKER);
    open.add(side);
    return side;
  }

  /** A client of which no event is seen. */
  Side foundClient(int isn) {
    Side side = new Side(kernel.client(0x10_0000 + isn).isns(isn, ~isn), FakeProcess.CURL);
    open.add(side);
    return side;
  }

  /** As {@link #foundClient}, the server's side. */
  Side foundServer(int isn) {
    Side side = new Side(kernel.server(0x20_0000 + isn).isns(isn, ~isn), FakeProcess.NGINX_WORKER);
    open.add(side);
    return side;
  }

  void pass() {
    passWith(Provenance.INFERRED);
  }

  void passWith(Provenance ofNew) {
    tracker.reconciler().begin(kernel.nowNs(), ofNew);
    for (Side side : open) {
      side.socket.found(
          side.owner,
          TCP_ESTABLISHED,
          record ->
              side.socket
                  .sent(record, side.sent)
                  .with("bytes_received", 0)
                  .with("jiffies", kernel.nowNs() / 4_000_000)
                  .with("quiet_jiffies", quiet(side)));
    }
    tracker.reconciler().finish(kernel.nowNs());
  }

  private long quiet(Side side) {
    return side.sentAtNs == 0 ? side.quietJiffies : (kernel.nowNs() - side.sentAtNs) / 4_000_000;
  }

  void close(Side side) {
    open.remove(side);
    if (side.owner.equals(FakeProcess.CURL)) {
      side.socket.closesFirst(side.owner);
    } else {
      side.socket.closesLast(side.owner);
    }
    side.socket.close(
        side.owner.equals(FakeProcess.CURL) ? 5 : 9,
        0,
        record ->
            record
                .with("bytes_sent", side.sent)
                .with("bytes_acked", side.sent + (side.owner.equals(FakeProcess.CURL) ? 2 : 1))
                .with("bytes_retrans", 0)
                .with("total_retrans", 0)
                .with("bytes_received", 0)
                .with("fin_received", 0)
                .with("fin_sent", 1));
  }

  /** Waits until this many seconds after the start of an interval, 0 being the first. */
  void until(int interval, double seconds) {
    long then = (long) ((interval * 60 + seconds) * SECOND);
    kernel.passes(then - kernel.nowNs());
    tracker.reportEnds(kernel.nowNs());
  }

  void setWallClock(long forwardNs) {
    offset += forwardNs;
    epoch.measure();
  }

  void cut(int interval) {
    until(interval, 0.02);
    pass();
  }
}
