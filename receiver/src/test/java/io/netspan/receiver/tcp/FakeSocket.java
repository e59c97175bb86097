package io.netspan.receiver.tcp;

import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.WireRecord;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.function.UnaryOperator;

/**
 * One end of a connection, which sends the events of its life as the kernel programs do. Both ends
 * have the same default initial sequence numbers; {@link #isns} changes them.
 */
public final class FakeSocket {
  private final FakeKernel kernel;
  private final long sk;
  private final Role role;
  private int netns = FakeKernel.NETNS;
  private String localAddress;
  private String peerAddress;
  private int localPort;
  private int peerPort;
  private int isnClient = 0x11111111;
  private int isnServer = 0x22222222;
  private int srttUs = 8 * 100;
  private int device;
  private int mptcpToken;
  private Subflow subflow = Subflow.NONE;

  FakeSocket(FakeKernel kernel, long sk, Role role) {
    this.kernel = kernel;
    this.sk = sk;
    this.role = role;
    boolean client = role == Role.CLIENT;
    localAddress = client ? "10.0.0.1" : "10.0.0.2";
    peerAddress = client ? "10.0.0.2" : "10.0.0.1";
    localPort = client ? 40_001 : 80;
    peerPort = client ? 80 : 40_001;
  }

  public FakeSocket local(String address, int port) {
    localAddress = address;
    localPort = port;
    return this;
  }

  public FakeSocket peer(String address, int port) {
    peerAddress = address;
    peerPort = port;
    return this;
  }

  public FakeSocket isns(int client, int server) {
    isnClient = client;
    isnServer = server;
    return this;
  }

  FakeSocket netns(int inode) {
    netns = inode;
    return this;
  }

  /** Sets the MPTCP fields of all later events. */
  FakeSocket mptcp(int token, Subflow kind) {
    mptcpToken = token;
    subflow = kind;
    return this;
  }

  /** Sets the smoothed round-trip time, in the kernel's unit of an eighth of a microsecond. */
  FakeSocket srtt(int eighths) {
    srttUs = eighths;
    return this;
  }

  /** connect(), whose event has no local port because the kernel chooses it later. */
  public void open(FakeProcess by) {
    openAgain(by, -1);
  }

  /** connect() on a socket whose last connection measured this round-trip time; -1 if none. */
  void openAgain(FakeProcess by, int earlierRttUs) {
    kernel.send(
        EventType.TCP_OPEN,
        ownedBy(
            by,
            tuple(EventType.TCP_OPEN)
                .with("sport", 0)
                .with("saddr", new byte[16])
                .with("rtt_min_us", earlierRttUs)));
  }

  /** Its process closes a Fast Open child before the handshake is complete. */
  void establishedEarly(long sinceSynAckUs) {
    kernel.send(
        EventType.TCP_ESTABLISHED,
        isns(tuple(EventType.TCP_ESTABLISHED))
            .with("oldstate", TcpState.TCP_SYN_RECV)
            .with("beginning", 2)
            .with("srtt_us", sinceSynAckUs * 8));
  }

  public void established() {
    establishedFrom(role == Role.CLIENT ? TcpState.TCP_SYN_SENT : TcpState.TCP_SYN_RECV);
  }

  /** Sets the network device that the socket is bound to. */
  FakeSocket device(int index) {
    device = index;
    return this;
  }

  /** close() by an exec, after the FIN of the peer. */
  void closesByExec(FakeProcess by) {
    kernel.send(
        EventType.TCP_CLOSING,
        ownedBy(by, WireRecord.of(EventType.TCP_CLOSING))
            .with("sk", sk)
            .with("newstate", TcpState.TCP_LAST_ACK)
            .with("before_exec", 1));
  }

  void establishedFrom(int oldstate) {
    kernel.send(
        EventType.TCP_ESTABLISHED,
        isns(tuple(EventType.TCP_ESTABLISHED))
            .with("oldstate", oldstate)
            .with("beginning", role == Role.SERVER ? 1 : 0)
            .with("device", device)
            .with("srtt_us", srttUs));
  }

  /** close() or shutdown() before the FIN of the peer. */
  public void closesFirst(FakeProcess by) {
    closing(TcpState.TCP_FIN_WAIT1, by);
  }

  /** As {@link #closesFirst}, with the time of the last segment, which is earlier. */
  void closesFirstAt(long ktimeNs, FakeProcess by) {
    kernel.sendOf(
        EventType.TCP_CLOSING,
        ownedBy(by, WireRecord.of(EventType.TCP_CLOSING))
            .with("sk", sk)
            .with("newstate", TcpState.TCP_FIN_WAIT1),
        ktimeNs);
  }

  /** The socket is closed because its process was killed by this signal. */
  void closesDying(FakeProcess by, int signal) {
    kernel.send(
        EventType.TCP_CLOSING,
        ownedBy(by, WireRecord.of(EventType.TCP_CLOSING))
            .with("sk", sk)
            .with("newstate", TcpState.TCP_FIN_WAIT1)
            .with("exit_signal", signal));
  }

  /** accept() has returned the socket to this process. */
  void acceptedBy(FakeProcess by) {
    kernel.send(
        EventType.TCP_ACCEPT, ownedBy(by, WireRecord.of(EventType.TCP_ACCEPT)).with("sk", sk));
  }

  /** A pass finds the socket: as a descriptor of this process, or, for NOBODY, by a look-up. */
  public void found(FakeProcess by, int state, UnaryOperator<WireRecord> details) {
    kernel.send(EventType.TCP_SOCKET, details.apply(socket(by, state)));
  }

  /** A pass hands over a reading that was made at an earlier time. */
  void foundAt(long ktimeNs, FakeProcess by, int state) {
    kernel.sendOf(EventType.TCP_SOCKET, socket(by, state), ktimeNs);
  }

  /** A pass finds a descriptor of this process, and nothing has happened since the pass before. */
  void unchanged(FakeProcess by, int state, long passBeganNs) {
    kernel.sendOf(
        EventType.TCP_UNCHANGED,
        WireRecord.of(EventType.TCP_UNCHANGED)
            .with("sk", sk)
            .with("tgid", by.pid())
            .with("start_time", by.startTime())
            .with("state", state),
        passBeganNs);
  }

  /** Sets how much payload of a socket that a pass finds was sent and acknowledged. */
  public WireRecord sent(WireRecord record, long payload) {
    return record
        .with("bytes_sent", payload)
        .with("bytes_acked", payload + (role == Role.CLIENT ? 1 : 0))
        .with("steady", 1);
  }

  /** Our kernel sent a reset after an error had closed the socket. */
  void sendsReset() {
    kernel.send(EventType.TCP_RESET, WireRecord.of(EventType.TCP_RESET).with("sk", sk));
  }

  private WireRecord socket(FakeProcess by, int state) {
    return isns(tuple(EventType.TCP_SOCKET))
        .with("tgid", by.pid())
        .with("start_time", by.startTime())
        .with("state", state)
        .with("accepted", role == Role.SERVER ? 1 : 0)
        .with("srtt_us", srttUs);
  }

  void found(FakeProcess by, int state) {
    found(by, state, UnaryOperator.identity());
  }

  /** close() after the FIN of the peer. */
  public void closesLast(FakeProcess by) {
    closing(TcpState.TCP_LAST_ACK, by);
  }

  private void closing(int newstate, FakeProcess by) {
    kernel.send(
        EventType.TCP_CLOSING,
        ownedBy(
            by, WireRecord.of(EventType.TCP_CLOSING).with("sk", sk).with("newstate", newstate)));
  }

  /** The socket is closed by softirq or timer. */
  public void close(int oldstate) {
    close(oldstate, 0);
  }

  public void close(int oldstate, int skErr) {
    close(oldstate, skErr, UnaryOperator.identity());
  }

  public void close(int oldstate, int skErr, UnaryOperator<WireRecord> details) {
    WireRecord record =
        isns(tuple(EventType.TCP_CLOSE))
            .with("oldstate", oldstate)
            .with("sk_err", skErr)
            .with("accepted", role == Role.SERVER ? 1 : 0)
            .with("srtt_us", srttUs)
            .with("rtt_min_us", 90)
            .with("bytes_sent", 1_000)
            .with("bytes_retrans", 100)
            .with("bytes_acked", role == Role.CLIENT ? 901 : 900)
            .with("bytes_received", 5_001)
            .with("fin_received", 1)
            .with("segs_in", 9)
            .with("segs_out", 8)
            .with("total_retrans", 1);
    kernel.send(EventType.TCP_CLOSE, details.apply(record));
  }

  /** The socket is closed in the context of a process: by a local reset or an aborted connect. */
  void closeBy(FakeProcess by, int oldstate) {
    close(oldstate, 0, record -> ownedBy(by, record));
  }

  /** A connect fails: there is no payload, and the sequence numbers are meaningless. */
  void fails(int skErr) {
    close(
        TcpState.TCP_SYN_SENT,
        skErr,
        record ->
            record
                .with("bytes_sent", 0)
                .with("bytes_retrans", 0)
                .with("bytes_acked", 0)
                .with("unacked", 1)
                .with("bytes_received", 0)
                .with("fin_received", 0)
                .with("local_isn", isnClient)
                .with("remote_isn", 0)
                .with("srtt_us", 0)
                .with("rtt_min_us", -1)
                .with("total_retrans", 0));
  }

  private static WireRecord ownedBy(FakeProcess process, WireRecord record) {
    return record
        .with("tgid", process.pid())
        .with("start_time", process.startTime())
        .with("tid", process.pid() == 0 ? 0 : process.pid() + 7);
  }

  /**
   * Sets the initial sequence numbers as they follow from the kernel's counters: plus one, except
   * for a client's own, because its bytes_acked counts the SYN.
   */
  private WireRecord isns(WireRecord record) {
    return role == Role.CLIENT
        ? record.with("local_isn", isnClient).with("remote_isn", isnServer + 1)
        : record.with("local_isn", isnServer + 1).with("remote_isn", isnClient + 1);
  }

  private WireRecord tuple(EventType type) {
    return WireRecord.of(type)
        .with("sk", sk)
        .with("net_ns", netns)
        .with("family", InetAddress.ofLiteral(peerAddress) instanceof Inet6Address ? 10 : 2)
        .with("sport", localPort)
        .with("dport", peerPort)
        .with("mptcp_token", mptcpToken)
        .with("mptcp_subflow", subflow.ordinal())
        .withAddress("saddr", localAddress)
        .withAddress("daddr", peerAddress);
  }
}
