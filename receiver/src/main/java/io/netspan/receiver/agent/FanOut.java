package io.netspan.receiver.agent;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.ConnectionSpans;

/** Passes every connection on to the metrics and to the spans. */
record FanOut(ConnectionMetrics metrics, ConnectionSpans spans) implements ConnectionListener {
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
  public void readUpTo(long ns) {
    metrics.readUpTo(ns);
  }

  @Override
  public void closed(Connection connection) {
    metrics.closed(connection);
    spans.closed(connection);
  }
}
