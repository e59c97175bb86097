package io.netspan.receiver.tcp;

/**
 * The counters of a connection at one moment.
 *
 * @param bytesSent payload bytes, each counted once
 */
public record Counts(
    long bytesSent, long bytesReceived, int segmentsSent, int segmentsReceived, int retransmits) {
  /** The counters of a connection that begins. */
  public static final Counts ZERO = new Counts(0, 0, 0, 0, 0);

  /** The counters as they are now. */
  public static Counts of(Connection connection) {
    return new Counts(
        connection.bytesSent,
        connection.bytesReceived,
        connection.segmentsSent,
        connection.segmentsReceived,
        connection.retransmits);
  }
}
