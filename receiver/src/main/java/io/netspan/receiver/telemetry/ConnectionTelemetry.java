package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;

/** Passes every connection on to the metrics and to the spans. */
public record ConnectionTelemetry(ConnectionMetrics metrics, ConnectionSpans spans)
    implements ConnectionListener {
  @Override
  public void opened(Connection connection) {
    metrics.opened(connection);
  }

  @Override
  public void changed(Connection connection) {
    metrics.changed(connection);
  }

  @Override
  public void refreshed(Connection connection) {
    metrics.refreshed(connection);
  }

  @Override
  public void ended(Connection connection) {
    metrics.ended(connection);
  }

  @Override
  public void closed(Connection connection) {
    metrics.closed(connection);
    spans.closed(connection);
  }
}
