package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import java.util.Collection;

/**
 * Passes every connection on to the metrics and to the spans.
 *
 * @param spans {@link ConnectionSpans}, or what stands before them
 */
public record ConnectionTelemetry(ConnectionMetrics metrics, ConnectionListener spans)
    implements ConnectionListener {
  @Override
  public void opened(Connection connection) {
    metrics.opened(connection);
    spans.opened(connection);
  }

  @Override
  public void changed(Connection connection) {
    metrics.changed(connection);
    spans.changed(connection);
  }

  @Override
  public void refreshed(Connection connection) {
    metrics.refreshed(connection);
    spans.refreshed(connection);
  }

  @Override
  public void ended(Connection connection) {
    metrics.ended(connection);
    spans.ended(connection);
  }

  @Override
  public void closed(Connection connection) {
    metrics.closed(connection);
    spans.closed(connection);
  }

  @Override
  public void readUpTo(long ns) {
    metrics.readUpTo(ns);
    spans.readUpTo(ns);
  }

  @Override
  public long readDueNs() {
    return Math.min(metrics.readDueNs(), spans.readDueNs());
  }

  @Override
  public void passed(long beganNs, Collection<Connection> open) {
    spans.passed(beganNs, open);
  }

  @Override
  public long passDueNs() {
    return spans.passDueNs();
  }
}
