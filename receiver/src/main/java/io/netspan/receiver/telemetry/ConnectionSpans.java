package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.Role;
import io.opentelemetry.api.trace.SpanKind;

/**
 * Makes spans of connections that ended, if an exporter or the output wants them. Belongs to the
 * tracer's thread.
 */
public final class ConnectionSpans implements ConnectionListener {
  private final SpanExport export;
  private final SpanOutput output;
  private final CorrelationPeers peers;
  private final EpochOffset epoch;

  public ConnectionSpans(
      SpanExport export, SpanOutput output, CorrelationPeers peers, EpochOffset epoch) {
    this.export = export;
    this.output = output;
    this.peers = peers;
    this.epoch = epoch;
  }

  @Override
  public void opened(Connection connection) {}

  @Override
  public void changed(Connection connection) {}

  @Override
  public void refreshed(Connection connection) {}

  @Override
  public void closed(Connection connection) {
    boolean exported = export.exportsSpans() && isSampled(connection);
    boolean printed = output.wants(connection.closedNs());
    if (!exported && !printed) {
      return;
    }
    ConnectionSpan span =
        new ConnectionSpan(
            connection,
            epoch.offsetNs(Math.max(connection.closedNs(), connection.openedNs())),
            peers.contains(connection.ipv6(), connection.peerHigh(), connection.peerLow()),
            exported || !export.exportsSpans(),
            export.limits());
    if (exported) {
      export.offer(span);
    }
    if (printed) {
      output.accept(span);
    }
  }

  private boolean isSampled(Connection connection) {
    return export.samples(
        connection.pair(),
        "tcp",
        connection.serverPort(),
        connection.role() == Role.CLIENT ? SpanKind.CLIENT : SpanKind.SERVER);
  }
}
