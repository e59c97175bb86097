package io.netspan.receiver.tcp;

/**
 * What the listener of a connection has already counted. It is for one listener: two would take
 * counts from each other.
 */
final class Counted {
  long sent;
  long received;
  long retransmits;

  /** A number for the listener; 0 until the listener sets it. */
  long mark;

  /** Resets everything to 0. */
  void reset() {
    sent = 0;
    received = 0;
    retransmits = 0;
    mark = 0;
  }
}
