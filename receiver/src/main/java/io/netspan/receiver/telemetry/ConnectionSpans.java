package io.netspan.receiver.telemetry;

import io.netspan.receiver.slice.SliceListener;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Sliced;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes spans of connections that have ended, and of their slices. Slices are exported only: what
 * is printed is one line per side of a connection, with its whole life. Belongs to the thread that
 * has the turn.
 */
public final class ConnectionSpans implements SliceListener {
  private final SpanSink sink;
  private final Maker maker;
  private final AwaitedSpans awaited;
  private final UnnamedSpans unnamed;
  private final SliceMaker slices;

  public ConnectionSpans(SpanSink sink, CorrelationPeers peers, Keep keep) {
    this.sink = sink;
    this.awaited = new AwaitedSpans();
    this.unnamed = new UnnamedSpans(keep);
    this.maker = new Maker(peers, keep, awaited, unnamed);
    this.slices = new SliceMaker(maker);
  }

  private record Maker(
      CorrelationPeers peers, Keep keep, AwaitedSpans awaited, UnnamedSpans unnamed)
      implements SpanMaker<Connection> {
    @Override
    public long pair(Connection of) {
      return of.pair();
    }

    @Override
    public String transport() {
      return "tcp";
    }

    @Override
    public int serverPort(Connection of) {
      return of.serverPort();
    }

    @Override
    public SpanKind kind(Connection of) {
      return of.role() == Role.CLIENT ? SpanKind.CLIENT : SpanKind.SERVER;
    }

    @Override
    public long endNs(Connection of) {
      return Math.max(of.closedNs(), of.openedNs());
    }

    @Override
    public long nowNs(Connection of) {
      return of.closedNs();
    }

    @Override
    public NetworkSpan make(Connection of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
      boolean peerTraced = peers.contains(of);
      return new ConnectionSpan(of, epochOffsetNs, peerTraced, sampled, limits);
    }

    @Override
    public @Nullable String keep(Connection of) {
      return keep.reason(of);
    }

    @Override
    public void leftOut(Connection of, SpanSink sink) {
      leftOut(of, sink, this);
    }

    /**
     * Left out unless the names of its services, once they are known, or the end of the other side,
     * which is open, keep it.
     */
    void leftOut(Connection of, SpanSink sink, SpanMaker<Connection> maker) {
      boolean awaitsNames = keep.awaitsNames(of);
      boolean awaitsOther = keep.isAny() && of.closedNs() != 0 && isOpen(of.paired().other());
      if (!awaitsNames && !awaitsOther) {
        sink.countLeftOut();
        return;
      }
      UndecidedSpan span = new UndecidedSpan(sink.make(of, maker, /* sampled= */ true), sink);
      if (awaitsNames) {
        unnamed.add(maker.endNs(of), span);
      }
      if (awaitsOther) {
        awaited.add(of.pair(), span);
      }
    }

    private static boolean isOpen(@Nullable Connection side) {
      return side != null && side.closedNs() == 0;
    }
  }

  /** Makes a span of the current slice. */
  private record SliceMaker(Maker whole) implements SpanMaker<Connection> {
    private static Sliced sliced(Connection of) {
      return Objects.requireNonNull(of.sliced());
    }

    @Override
    public long pair(Connection of) {
      return sliced(of).number();
    }

    @Override
    public String transport() {
      return whole.transport();
    }

    @Override
    public int serverPort(Connection of) {
      return whole.serverPort(of);
    }

    @Override
    public SpanKind kind(Connection of) {
      return whole.kind(of);
    }

    @Override
    public long endNs(Connection of) {
      Cut to = sliced(of).to();
      return to == null ? whole.endNs(of) : to.ns();
    }

    @Override
    public NetworkSpan make(Connection of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
      boolean peerTraced = whole.peers().contains(of);
      return SliceSpan.of(of, sliced(of), epochOffsetNs, peerTraced, sampled, limits);
    }

    @Override
    public @Nullable String keep(Connection of) {
      return whole.keep(of);
    }

    @Override
    public void leftOut(Connection of, SpanSink sink) {
      whole.leftOut(of, sink, this);
    }
  }

  @Override
  public void opened(Connection connection) {}

  @Override
  public void changed(Connection connection) {}

  @Override
  public void refreshed(Connection connection) {}

  @Override
  public void sliceEnded(Connection connection) {
    sink.exported(connection, slices);
  }

  @Override
  public boolean hasRoom() {
    return sink.hasRoom();
  }

  @Override
  public void closed(Connection connection) {
    settleOther(connection);
    if (connection.sliced() == null) {
      sink.ended(connection, maker);
    } else {
      sink.exported(connection, slices);
      sink.printed(connection, maker);
    }
  }

  /** Decides about the span of the other side, which ended first and waits, if it does. */
  private void settleOther(Connection connection) {
    UndecidedSpan first = awaited.take(connection.pair());
    if (first != null) {
      String rule = maker.keep(connection);
      if (rule != null) {
        first.keep(rule);
      }
      first.giveUp();
    }
  }

  @Override
  public void readUpTo(long ns) {
    awaited.readUpTo(ns);
    unnamed.readUpTo(ns);
  }

  @Override
  public long readDueNs() {
    return unnamed.dueNs();
  }
}
