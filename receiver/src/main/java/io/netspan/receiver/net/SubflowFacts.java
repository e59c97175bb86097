package io.netspan.receiver.net;

/** The part of a TCP socket in an MPTCP connection. */
public interface SubflowFacts {

  /** This side's token of the MPTCP connection; 0: plain TCP, or not known. */
  int mptcpToken();

  /** {@code enum netspan_subflow}; 0: plain TCP, not agreed on yet, or not known. */
  int mptcpSubflow();
}
