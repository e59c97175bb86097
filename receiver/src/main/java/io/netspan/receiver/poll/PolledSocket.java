package io.netspan.receiver.poll;

import io.netspan.enrich.ProcessKey;
import io.netspan.linux.sockdiag.DiagSocket;
import io.netspan.linux.sockdiag.SubflowInfo;
import io.netspan.linux.sockdiag.TcpInfo;
import io.netspan.receiver.net.Ends;
import io.netspan.receiver.net.SocketFacts;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A socket as the last scan found it, with what is known from earlier scans. */
final class PolledSocket implements SocketFacts {
  private static final TcpInfo NOTHING =
      new TcpInfo(0, -1, 0, -1, 0, -1, -1, -1, -1, -1, -1, -1, -1);
  private static final long NUMBER = 0x9e3779b97f4a7c15L;

  private static final int MOST_SEARCHES = 3;

  /** The kernel's times are differences of jiffies, of at most 10 ms each. */
  private static final long JIFFIES_NS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final int ESTABLISHED = 1;
  private static final int CLOSE_WAIT = 8;
  private static final int LAST_ACK = 9;
  private static final int LISTEN = 10;
  private static final int CLOSING = 11;

  // enum netspan_subflow
  private static final int MASTER = 1;
  private static final int JOIN = 2;

  private final long sk;
  private final int netns;
  private DiagSocket socket;
  private TcpInfo info = NOTHING;
  private @Nullable SubflowInfo subflow;
  private int state;
  private long timeNs;
  private long payloadReceived;
  private boolean accepted;
  private boolean connected;

  /** The processes that had a descriptor of the socket at the last search for them. */
  private List<ProcessKey> holders = List.of();

  private @Nullable ProcessKey holder;
  private int searches;
  private boolean own;
  private boolean known;
  private int missed;
  private int scan;

  PolledSocket(int netns, DiagSocket socket) {
    this.sk = key(netns, socket.cookie());
    this.netns = netns;
    this.socket = socket;
    this.state = socket.state();
  }

  /** The key of a socket. Before Linux 5.10 cookies are unique only within a network namespace. */
  static long key(int netns, long cookie) {
    return netns * NUMBER ^ cookie;
  }

  /** Takes in what a scan found. */
  void seen(DiagSocket now, long scannedNs, int number) {
    take(now);
    state = now.state();
    timeNs = scannedNs;
    payloadReceived = Math.max(0, info.bytesReceived() - (finCame() ? 1 : 0));
    scan = number;
    missed = 0;
    boolean finSent = state != ESTABLISHED && state != CLOSE_WAIT;
    if (!finSent && now.unacked() == 0 && info.bytesSent() >= 0) {
      // bytes_acked counts our SYN only if we sent one: a listener's child begins counting after
      // its SYN-ACK.
      connected = controls() > 0;
      accepted = controls() == 0;
    }
  }

  /**
   * Takes in the last numbers of a destroyed socket; the state stays the one that was seen last.
   *
   * <p>Bytes received count the other end's FIN, and the kernel does not report whether one came.
   * If no segment with payload came since the last scan, the payload has not changed. Otherwise the
   * other end's FIN is assumed to have come if our own was acknowledged, although the end that
   * closes first may have gone to TIME_WAIT before it came.
   *
   * <p>A socket that its own process has reset (SO_LINGER 0: {@code tcp_disconnect}) has neither
   * peer nor numbers any more, so those of the last scan stay.
   */
  void destroyed(DiagSocket last, long nowNs) {
    if (last.peerPort() == 0) {
      timeNs = nowNs;
      return;
    }
    boolean noneSince =
        last.info() != null && last.info().dataSegsIn() == Math.max(0, info.dataSegsIn());
    take(last);
    timeNs = nowNs;
    if (!connected && !accepted && info.bytesSent() >= 0) {
      guessSide();
    }
    if (!noneSince) {
      boolean inOrder = finCame() || controls() > (connected ? 1 : 0);
      payloadReceived = Math.max(0, info.bytesReceived() - (inOrder ? 1 : 0));
    }
  }

  /**
   * Guesses the side from the SYN and FIN that were acknowledged. Only a client has both; only a
   * server has neither. One of them means a server that was closed in order or a client that was
   * not: then the end with the lower port counts as the server.
   */
  private void guessSide() {
    long controls = controls();
    connected = controls > 1;
    accepted = wasEstablished() && (controls == 0 || (controls == 1 && localPort() < peerPort()));
  }

  private boolean finCame() {
    return state == CLOSE_WAIT || state == LAST_ACK || state == CLOSING;
  }

  private void take(DiagSocket now) {
    socket = now;
    info = now.info() == null ? NOTHING : now.info();
    if (now.subflow() != null) {
      subflow = now.subflow(); // A destroyed socket is not a subflow any more.
    }
  }

  /** How many of our SYN and FIN were acknowledged; bytes_acked counts each as one byte. */
  private long controls() {
    return info.bytesAcked() - sent(info);
  }

  /** Whether the connection was established: a handshake measures a round trip at either end. */
  private boolean wasEstablished() {
    return info.rttUs() > 0 || info.bytesAcked() > 0 || info.bytesReceived() > 0;
  }

  private static long sent(TcpInfo numbers) {
    return numbers.bytesSent() >= 0
        ? numbers.bytesSent() - Math.max(0, numbers.bytesRetrans())
        : Math.max(0, numbers.bytesAcked());
  }

  /**
   * Estimates when the connection opened: as long ago as it has been quiet, but after the scan that
   * did not find it.
   *
   * @param previousLookNs 0 if there was no scan before
   */
  void beginsAfter(long previousLookNs) {
    if (previousLookNs == 0 && !wasEstablished()) {
      return; // The kernel has set no time yet, so the socket looks quiet since the boot.
    }
    timeNs = Math.max(previousLookNs, timeNs - TimeUnit.MILLISECONDS.toNanos(info.quietMs()));
  }

  /**
   * Whether the connection was established, and neither data nor an acknowledgement has been
   * transferred since then.
   *
   * @param ns 0: never true
   */
  boolean isQuietSince(long ns) {
    return wasEstablished()
        && info.activeMs() >= 0
        && timeNs - TimeUnit.MILLISECONDS.toNanos(info.activeMs()) < ns - JIFFIES_NS;
  }

  void scannedAt(long nowNs) {
    timeNs = nowNs;
  }

  DiagSocket socket() {
    return socket;
  }

  boolean isListener() {
    return state == LISTEN;
  }

  /** The number of the last scan that found the socket. */
  int scan() {
    return scan;
  }

  /** How many scans in a row did not find the socket. */
  int missed() {
    return missed;
  }

  void miss() {
    missed++;
  }

  /** Notes that the scan with this number could not find out whether the socket is open. */
  void maybeOpen(int number) {
    scan = number;
  }

  List<ProcessKey> holders() {
    return holders;
  }

  void holders(List<ProcessKey> processes) {
    holders = processes;
  }

  /** Sets the process that is reported next. */
  void holder(@Nullable ProcessKey process) {
    holder = process;
  }

  /**
   * Whether its process should be searched for; a process that started after the list of processes
   * was read is found by the next scan.
   */
  boolean isToBeSearched() {
    return holders.isEmpty() && searches < MOST_SEARCHES;
  }

  void searched() {
    searches++;
  }

  /** Whether the agent itself has this socket, or the other end of its connection. */
  boolean own() {
    return own;
  }

  void own(boolean value) {
    own = value;
  }

  /** Whether the tracker knows the socket. */
  boolean known() {
    return known;
  }

  void known(boolean value) {
    known = value;
  }

  /** Both ends, as one of them sees it. */
  Ends ends() {
    return Ends.of(this);
  }

  @Override
  public long timeNs() {
    return timeNs;
  }

  @Override
  public long sk() {
    return sk;
  }

  @Override
  public int state() {
    return state;
  }

  @Override
  public boolean isAccepted() {
    return accepted;
  }

  @Override
  public int device() {
    return socket.device();
  }

  @Override
  public boolean isV6Only() {
    return socket.v6Only();
  }

  @Override
  public int tgid() {
    return holder == null ? 0 : holder.pid();
  }

  @Override
  public long startTime() {
    return holder == null ? 0 : holder.startTimeNanos();
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
  public int synsSent() {
    return connected ? 1 : accepted ? 0 : -1;
  }

  /**
   * Uses sequence numbers, since bytes that IP refused to send count in bytes_sent at each attempt.
   */
  @Override
  public long payloadSent(int synsSent) {
    if (info.bytesSent() < 0 || info.notSentBytes() < 0) {
      return sent(info);
    }
    long unacked = Math.max(0, Integer.toUnsignedLong(socket.unacked()) - info.notSentBytes());
    return Math.clamp(sent(info), 0, Math.max(0, info.bytesAcked() + unacked - synsSent));
  }

  @Override
  public long payloadReceived() {
    return payloadReceived;
  }

  @Override
  public long quietNs() {
    return socket.info() == null ? -1 : TimeUnit.MILLISECONDS.toNanos(info.quietMs());
  }

  @Override
  public int segsOut() {
    return Math.max(0, info.segsOut());
  }

  @Override
  public int segsIn() {
    return Math.max(0, info.segsIn());
  }

  @Override
  public int totalRetrans() {
    return Math.max(0, info.totalRetrans());
  }

  @Override
  public int smoothedRttUs() {
    return Math.max(0, info.rttUs());
  }

  @Override
  public int leastRttUs() {
    return Math.max(0, info.minRttUs());
  }

  @Override
  public int mptcpToken() {
    return subflow == null ? 0 : subflow.token();
  }

  @Override
  public int mptcpSubflow() {
    if (subflow == null) {
      return 0;
    }
    return subflow.join() ? JOIN : subflow.capable() ? MASTER : 0;
  }

  @Override
  public int netns() {
    return netns;
  }

  @Override
  public boolean isIpv6() {
    return socket.ipv6();
  }

  @Override
  public int localPort() {
    return socket.localPort();
  }

  @Override
  public int peerPort() {
    return socket.peerPort();
  }

  @Override
  public long localHigh() {
    return socket.localHigh();
  }

  @Override
  public long localLow() {
    return socket.localLow();
  }

  @Override
  public long peerHigh() {
    return socket.peerHigh();
  }

  @Override
  public long peerLow() {
    return socket.peerLow();
  }
}
