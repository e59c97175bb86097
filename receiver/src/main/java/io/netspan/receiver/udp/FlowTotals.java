package io.netspan.receiver.udp;

/**
 * The counters of a flow at one moment.
 *
 * @param exchanges see {@link Flow#exchanges}
 * @param exchangeMaxNs the longest exchange until then
 * @param errors calls that failed because of the network
 */
public record FlowTotals(
    long bytesSent,
    long bytesReceived,
    long datagramsSent,
    long datagramsReceived,
    long exchanges,
    long exchangeSumNs,
    long exchangeMaxNs,
    long errors) {
  /** The counters of a flow that begins. */
  public static final FlowTotals ZERO = new FlowTotals(0, 0, 0, 0, 0, 0, 0, 0);

  /** The counters as they were last read. */
  public static FlowTotals of(Flow flow) {
    return new FlowTotals(
        flow.counts().bytesSent(),
        flow.counts().bytesReceived(),
        flow.counts().datagramsSent(),
        flow.counts().datagramsReceived(),
        flow.exchanges(),
        flow.exchangeSumNs(),
        flow.exchangeMaxNs(),
        flow.errors());
  }

  /**
   * What was counted since then. The longest exchange is known only if it is the longest of the
   * flow so far; otherwise it is 0.
   */
  public FlowTotals since(FlowTotals before) {
    return new FlowTotals(
        bytesSent - before.bytesSent,
        bytesReceived - before.bytesReceived,
        datagramsSent - before.datagramsSent,
        datagramsReceived - before.datagramsReceived,
        exchanges - before.exchanges,
        exchangeSumNs - before.exchangeSumNs,
        exchangeMaxNs > before.exchangeMaxNs ? exchangeMaxNs : 0,
        errors - before.errors);
  }
}
