package io.netspan.receiver.tcp;

/**
 * What the listener of a connection has counted of it. One listener owns it: two would take counts
 * from each other.
 */
final class Counted {
  long sent;
  long received;
  long retransmits;

  /** The listener's own; 0 until it sets it. */
  long mark;

  /** Everything as in a new one. */
  void reset() {
    sent = 0;
    received = 0;
    retransmits = 0;
    mark = 0;
  }
}
