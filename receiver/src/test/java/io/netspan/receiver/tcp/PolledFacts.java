package io.netspan.receiver.tcp;

import io.netspan.receiver.net.SocketFacts;

/** A socket on 127.0.0.1 as polling finds it: without sequence numbers. */
record PolledFacts(
    long sk,
    long timeNs,
    int state,
    FakeProcess holder,
    boolean isAccepted,
    int localPort,
    int peerPort,
    long payloadSent,
    long payloadReceived)
    implements SocketFacts {

  private static final long LOOPBACK = 0x7f00_0001_0000_0000L;

  PolledFacts at(long ns) {
    return new PolledFacts(
        sk, ns, state, holder, isAccepted, localPort, peerPort, payloadSent, payloadReceived);
  }

  PolledFacts in(int newState) {
    return new PolledFacts(
        sk,
        timeNs,
        newState,
        holder,
        isAccepted,
        localPort,
        peerPort,
        payloadSent,
        payloadReceived);
  }

  PolledFacts known(long otherSk) {
    return new PolledFacts(
        otherSk,
        timeNs,
        state,
        holder,
        isAccepted,
        localPort,
        peerPort,
        payloadSent,
        payloadReceived);
  }

  PolledFacts sent(long bytes) {
    return new PolledFacts(
        sk, timeNs, state, holder, isAccepted, localPort, peerPort, bytes, payloadReceived);
  }

  @Override
  public int synsSent() {
    return -1;
  }

  @Override
  public long payloadSent(int synsSent) {
    return payloadSent;
  }

  @Override
  public int device() {
    return 0;
  }

  @Override
  public boolean isV6Only() {
    return false;
  }

  @Override
  public int tgid() {
    return holder.pid();
  }

  @Override
  public long startTime() {
    return holder.startTime();
  }

  @Override
  public boolean hasIsns() {
    return false;
  }

  @Override
  public int localIsn() {
    return 0;
  }

  @Override
  public int remoteIsn() {
    return 0;
  }

  @Override
  public long quietNs() {
    return -1;
  }

  @Override
  public int segsOut() {
    return 7;
  }

  @Override
  public int segsIn() {
    return 11;
  }

  @Override
  public int totalRetrans() {
    return 0;
  }

  @Override
  public int smoothedRttUs() {
    return 101;
  }

  @Override
  public int leastRttUs() {
    return 97;
  }

  @Override
  public int mptcpToken() {
    return 0;
  }

  @Override
  public int mptcpSubflow() {
    return 0;
  }

  @Override
  public int netns() {
    return FakeKernel.NETNS;
  }

  @Override
  public boolean isIpv6() {
    return false;
  }

  @Override
  public long localHigh() {
    return LOOPBACK;
  }

  @Override
  public long localLow() {
    return 0;
  }

  @Override
  public long peerHigh() {
    return peerPort == 0 ? 0 : LOOPBACK;
  }

  @Override
  public long peerLow() {
    return 0;
  }
}
