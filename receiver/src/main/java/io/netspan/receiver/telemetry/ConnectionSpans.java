package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.Role;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;

/** Makes spans of connections that have ended. Belongs to the thread that has the turn. */
public final class ConnectionSpans implements ConnectionListener {
  private final SpanSink sink;
  private final SpanMaker<Connection> maker;

  public ConnectionSpans(SpanSink sink, CorrelationPeers peers) {
    this.sink = sink;
    this.maker = new Maker(peers);
  }

  private record Maker(CorrelationPeers peers) implements SpanMaker<Connection> {
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
  }

  @Override
  public void opened(Connection connection) {}

  @Override
  public void changed(Connection connection) {}

  @Override
  public void refreshed(Connection connection) {}

  @Override
  public void closed(Connection connection) {
    sink.ended(connection, maker);
  }
}
