package io.netspan.receiver.telemetry;

import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.tcp.CloseReason;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.Counts;
import io.netspan.receiver.tcp.OwnerProvenance;
import io.netspan.receiver.tcp.Paired;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Subflow;
import io.netspan.receiver.tcp.Translation;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.EventData;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection after its end, copied from a {@link Connection}. Its ends are kept as
 * numbers, because a {@code net.Ends} would cost five more objects per span.
 */
public sealed class ConnectionSpan extends NetworkSpan implements SocketEnds permits SliceSpan {
  private final long establishedEpochNanos;
  private final @Nullable Workload previousOwner;
  private final @Nullable Workload peerOwner;
  private final @Nullable PeerName peerName;
  private final @Nullable Translation translation;
  private final long ownerChangedEpochNanos;
  final Role role;
  final OwnerProvenance ownerProvenance;
  final Provenance provenance;
  final CloseReason reason;
  final ConnectionError error;
  final int tid;
  final int netns;
  final boolean ipv6;
  final boolean identified;

  /** Whether the other side was seen, too. */
  final boolean paired;

  final Paired.Expected peerExpectedBy;

  /**
   * The server's port and address as the other side has them: for a client's span, the address of
   * the server itself; for a server's span, the one that the client asked for. They differ behind
   * address translation.
   */
  final int otherPort;

  final long otherHigh;
  final long otherLow;
  final boolean totalsKnown;
  final int localPort;
  final int peerPort;
  private final long localHigh;
  private final long localLow;
  private final long peerHigh;
  private final long peerLow;
  final long pair;
  final long handshakeNs;
  final long bytesSent;
  final long bytesReceived;
  final int segmentsSent;
  final int segmentsReceived;
  final int retransmits;
  final int srttUs;
  final int rttMinUs;
  final Subflow subflow;
  final int mptcpToken;

  /**
   * The span of a whole connection.
   *
   * @param epochOffsetNs what to add to CLOCK_BOOTTIME for nanoseconds since the epoch
   * @param peerTraced whether the other end may have a span; then the client's span is the parent
   *     of the server's
   */
  ConnectionSpan(
      Connection of, long epochOffsetNs, boolean peerTraced, boolean sampled, SpanLimits limits) {
    this(
        of,
        of.pair(),
        of.openedNs() + epochOffsetNs,
        of.closedNs() + epochOffsetNs,
        Counts.ZERO,
        /* until= */ null,
        epochOffsetNs,
        peerTraced,
        sampled,
        limits);
  }

  /**
   * The span of a part of the connection's life.
   *
   * @param number what the ids are derived from
   * @param before the counters at its start
   * @param until the counters at its end; null for the current ones
   */
  ConnectionSpan(
      Connection of,
      long number,
      long startEpochNanos,
      long endEpochNanos,
      Counts before,
      @Nullable Counts until,
      long epochOffsetNs,
      boolean peerTraced,
      boolean sampled,
      SpanLimits limits) {
    super(
        of.role() == Role.CLIENT ? Ids.client(number, sampled) : Ids.server(number, sampled),
        of.role() == Role.SERVER && peerTraced && of.identified()
            ? Ids.remoteClient(number, sampled)
            : SpanContext.getInvalid(),
        startEpochNanos,
        endEpochNanos,
        of.owner(),
        limits);
    role = of.role();
    pair = of.pair();
    boolean established =
        of.establishedNs() != 0 && isIn(of.establishedNs() + epochOffsetNs, until);
    establishedEpochNanos = established ? within(of.establishedNs() + epochOffsetNs) : 0;
    previousOwner = isIn(of.ownerChangedNs() + epochOffsetNs, until) ? of.previousOwner() : null;
    peerOwner = of.paired().workload();
    peerName = of.paired().named();
    translation = of.paired().translation();
    Connection other = of.paired().other();
    paired = other != null;
    peerExpectedBy = of.paired().expectedBy();
    otherPort = other == null ? 0 : role == Role.CLIENT ? other.localPort() : other.peerPort();
    otherHigh = other == null ? 0 : role == Role.CLIENT ? other.localHigh() : other.peerHigh();
    otherLow = other == null ? 0 : role == Role.CLIENT ? other.localLow() : other.peerLow();
    ownerChangedEpochNanos = within(of.ownerChangedNs() + epochOffsetNs);
    ownerProvenance = of.ownerProvenance();
    provenance = of.provenance();
    reason = of.reason();
    error = of.error();
    tid = of.tid();
    netns = of.netns();
    ipv6 = of.isIpv6();
    identified = of.identified();
    totalsKnown = of.totalsKnown();
    localPort = of.localPort();
    peerPort = of.peerPort();
    localHigh = of.localHigh();
    localLow = of.localLow();
    peerHigh = of.peerHigh();
    peerLow = of.peerLow();
    handshakeNs = established || of.establishedNs() == 0 ? of.handshakeNs() : 0;
    bytesSent = (until == null ? of.bytesSent() : until.bytesSent()) - before.bytesSent();
    bytesReceived =
        (until == null ? of.bytesReceived() : until.bytesReceived()) - before.bytesReceived();
    segmentsSent =
        (until == null ? of.segmentsSent() : until.segmentsSent()) - before.segmentsSent();
    segmentsReceived =
        (until == null ? of.segmentsReceived() : until.segmentsReceived())
            - before.segmentsReceived();
    retransmits = (until == null ? of.retransmits() : until.retransmits()) - before.retransmits();
    srttUs = of.srttUs();
    rttMinUs = of.rttMinUs();
    subflow = of.subflow();
    mptcpToken = of.mptcpToken();
  }

  /** Whether a moment is in this span; with slices, it is in one of them only. */
  private boolean isIn(long epochNanos, @Nullable Counts until) {
    return until == null
        || (epochNanos >= getStartEpochNanos() && epochNanos <= getEndEpochNanos());
  }

  private long within(long epochNanos) {
    return Math.clamp(epochNanos, getStartEpochNanos(), getEndEpochNanos());
  }

  @Override
  public @Nullable Workload peerOwner() {
    return peerOwner;
  }

  /** The name for the peer's address; null if there is none or a process is known at that end. */
  @Nullable PeerName peerName() {
    return peerName;
  }

  /**
   * The server of a client's span, if this machine's kernel chose another; null otherwise. Waits
   * for the answer, on the thread of an exporter or printer.
   */
  @Nullable Endpoint actualServer() {
    return translation == null || paired ? null : translation.awaitActual(System.nanoTime());
  }

  @Override
  public String transport() {
    return "tcp";
  }

  @Override
  public boolean isIpv6() {
    return ipv6;
  }

  @Override
  public @Nullable String localAddress() {
    return hasLocalAddress() ? localText() : null;
  }

  @Override
  public int localPort() {
    return localPort;
  }

  @Override
  public String peerAddress() {
    return peerText();
  }

  @Override
  public int peerPort() {
    return peerPort;
  }

  @Override
  public int netns() {
    return netns;
  }

  @Override
  public long localHigh() {
    return localHigh;
  }

  @Override
  public long localLow() {
    return localLow;
  }

  @Override
  public long peerHigh() {
    return peerHigh;
  }

  @Override
  public long peerLow() {
    return peerLow;
  }

  @Override
  public String ending() {
    return reason.value();
  }

  @Override
  public String error() {
    return error.value();
  }

  @Override
  protected String errorInWords() {
    return identified ? ErrorText.ofEnd(error) : ErrorText.ofConnect(error);
  }

  @Override
  public boolean totalsKnown() {
    return totalsKnown;
  }

  @Override
  public long bytesSent() {
    return bytesSent;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  /** The smoothed round-trip time. */
  @Override
  public long roundTripNs() {
    return srttUs * 1_000L;
  }

  /** The identity pair; null for a connection that was never established. */
  @Override
  public @Nullable String connectionId() {
    return identified ? io.opentelemetry.api.trace.SpanId.fromLong(pair) : null;
  }

  @Override
  public String getName() {
    return "tcp " + serverPort();
  }

  /** Whether the connection went on after this slice of it. */
  boolean isOpen() {
    return false;
  }

  int serverPort() {
    return role == Role.CLIENT ? peerPort : localPort;
  }

  @Override
  public SpanKind getKind() {
    return role == Role.CLIENT ? SpanKind.CLIENT : SpanKind.SERVER;
  }

  @Override
  protected void addAttributes(LimitedAttributes to) {
    ConnectionAttributes.of(this, to);
  }

  @Override
  protected List<EventData> makeEvents() {
    List<EventData> events = new ArrayList<>(2);
    if (establishedEpochNanos != 0) {
      events.add(EventData.create(establishedEpochNanos, "established", Attributes.empty()));
    }
    Workload previous = previousOwner;
    if (previous != null) {
      SdkAttributes to = eventAttributes();
      to.put(SpanAttributes.PROCESS_PID, previous.key().pid());
      SdkAttributes.Made made = to.build();
      events.add(
          EventData.create(
              ownerChangedEpochNanos, "owner changed", made.attributes(), made.total()));
    }
    return events;
  }
}
