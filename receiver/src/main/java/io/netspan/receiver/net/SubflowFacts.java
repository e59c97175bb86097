package io.netspan.receiver.net;

/** What a TCP socket is to an MPTCP connection. */
public interface SubflowFacts {

  /** This side's token of the MPTCP connection; 0: plain TCP, or not known. */
  int mptcpToken();

  /** {@code enum netspan_subflow}; 0: plain TCP, not agreed on yet, or not known. */
  int mptcpSubflow();
}
