package io.netspan.receiver.telemetry;

import io.netspan.receiver.track.CloseReason;
import io.netspan.receiver.track.Connection;
import io.netspan.receiver.track.ConnectionError;
import io.netspan.receiver.track.ConnectionIdentity;
import io.netspan.receiver.track.OwnerProvenance;
import io.netspan.receiver.track.Provenance;
import io.netspan.receiver.track.Role;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One side of a connection after its end, as a span. Immutable: the numbers of a {@link
 * Connection}, copied; attributes, texts and the Resource are made when an exporter or a printer
 * asks, on its thread, so that the tracer's thread pays for one object.
 */
public final class ConnectionSpan implements ReadableSpan, SpanData {
  static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.builder("io.netspan").build();

  private final Ids context;
  private final SpanContext parent;
  private final long startEpochNanos;
  private final long establishedEpochNanos;
  private final long endEpochNanos;
  private final @Nullable Workload previousOwner;
  private final long ownerChangedEpochNanos;
  final Workload owner;
  final Role role;
  final OwnerProvenance ownerProvenance;
  final Provenance provenance;
  final CloseReason reason;
  final ConnectionError error;
  final int tid;
  final int netns;
  final boolean ipv6;
  final boolean identified;
  final boolean totalsKnown;
  final int localPort;
  final int peerPort;
  final long localHigh;
  final long localLow;
  final long peerHigh;
  final long peerLow;
  final long pair;
  final long handshakeNs;
  final long bytesSent;
  final long bytesReceived;
  final int segmentsSent;
  final int segmentsReceived;
  final int retransmits;
  final int srttUs;
  final int rttMinUs;
  private @Nullable Attributes attributes;

  /**
   * @param epochOffsetNs what to add to CLOCK_MONOTONIC for nanoseconds since the epoch
   * @param peerTraced whether the other end may have a span: then a server's has the client's for
   *     its parent
   */
  ConnectionSpan(Connection of, long epochOffsetNs, boolean peerTraced, boolean sampled) {
    role = of.role();
    pair = of.pair();
    context = ids(role == Role.CLIENT, sampled, /* remote= */ false);
    parent =
        role == Role.SERVER && peerTraced && of.identified()
            ? ids(/* client= */ true, sampled, /* remote= */ true)
            : SpanContext.getInvalid();
    startEpochNanos = of.openedNs() + epochOffsetNs;
    endEpochNanos = Math.max(of.closedNs(), of.openedNs()) + epochOffsetNs;
    establishedEpochNanos =
        of.establishedNs() == 0 ? 0 : within(of.establishedNs() + epochOffsetNs);
    previousOwner = of.previousOwner();
    ownerChangedEpochNanos = within(of.ownerChangedNs() + epochOffsetNs);
    owner = of.owner();
    ownerProvenance = of.ownerProvenance();
    provenance = of.provenance();
    reason = of.reason();
    error = of.error();
    tid = of.tid();
    netns = of.netns();
    ipv6 = of.ipv6();
    identified = of.identified();
    totalsKnown = of.totalsKnown();
    localPort = of.localPort();
    peerPort = of.peerPort();
    localHigh = of.localHigh();
    localLow = of.localLow();
    peerHigh = of.peerHigh();
    peerLow = of.peerLow();
    handshakeNs = of.handshakeNs();
    bytesSent = of.bytesSent();
    bytesReceived = of.bytesReceived();
    segmentsSent = of.segmentsSent();
    segmentsReceived = of.segmentsReceived();
    retransmits = of.retransmits();
    srttUs = of.srttUs();
    rttMinUs = of.rttMinUs();
  }

  private long within(long epochNanos) {
    return Math.clamp(epochNanos, startEpochNanos, endEpochNanos);
  }

  private Ids ids(boolean client, boolean sampled, boolean remote) {
    return new Ids(
        ConnectionIdentity.traceIdHigh(pair),
        ConnectionIdentity.traceIdLow(pair),
        client ? ConnectionIdentity.clientSpanId(pair) : ConnectionIdentity.serverSpanId(pair),
        sampled ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        remote);
  }

  public Workload owner() {
    return owner;
  }

  public CloseReason reason() {
    return reason;
  }

  public ConnectionError error() {
    return error;
  }

  /** {@code address:port}, the address in brackets if it is IPv6. */
  public String local() {
    return endpoint(localHigh, localLow, localPort);
  }

  /** As {@link #local()}, of the other end. */
  public String remote() {
    return endpoint(peerHigh, peerLow, peerPort);
  }

  private String endpoint(long high, long low, int port) {
    String address = IpAddress.text(ipv6, high, low);
    return ipv6 ? "[" + address + "]:" + port : address + ":" + port;
  }

  public boolean totalsKnown() {
    return totalsKnown;
  }

  public long bytesSent() {
    return bytesSent;
  }

  public long bytesReceived() {
    return bytesReceived;
  }

  /** Smoothed round-trip time in microseconds; 0 if never measured. */
  public int srttUs() {
    return srttUs;
  }

  /** The identity as 16 hexadecimal digits; null of a connection that was never established. */
  public @Nullable String connectionId() {
    return identified ? io.opentelemetry.api.trace.SpanId.fromLong(pair) : null;
  }

  @Override
  public String getName() {
    return "tcp " + serverPort();
  }

  int serverPort() {
    return role == Role.CLIENT ? peerPort : localPort;
  }

  @Override
  public SpanKind getKind() {
    return role == Role.CLIENT ? SpanKind.CLIENT : SpanKind.SERVER;
  }

  @Override
  public SpanContext getSpanContext() {
    return context;
  }

  @Override
  public SpanContext getParentSpanContext() {
    return parent;
  }

  @Override
  public StatusData getStatus() {
    return error == ConnectionError.NONE ? StatusData.unset() : StatusData.error();
  }

  @Override
  public long getStartEpochNanos() {
    return startEpochNanos;
  }

  @Override
  public long getEndEpochNanos() {
    return endEpochNanos;
  }

  @Override
  public long getLatencyNanos() {
    return endEpochNanos - startEpochNanos;
  }

  /** The same object each time; two threads that ask at once may each get one of their own. */
  @Override
  public Attributes getAttributes() {
    Attributes known = attributes;
    if (known == null) {
      known = SpanAttributes.of(this);
      attributes = known;
    }
    return known;
  }

  @Override
  public <T> @Nullable T getAttribute(AttributeKey<T> key) {
    return getAttributes().get(key);
  }

  @Override
  public List<EventData> getEvents() {
    List<EventData> events = new ArrayList<>(2);
    if (establishedEpochNanos != 0) {
      events.add(EventData.create(establishedEpochNanos, "established", Attributes.empty()));
    }
    Workload previous = previousOwner;
    if (previous != null) {
      events.add(
          EventData.create(
              ownerChangedEpochNanos,
              "owner changed",
              Attributes.of(SpanAttributes.PROCESS_PID, (long) previous.key().pid())));
    }
    return events;
  }

  @Override
  public List<LinkData> getLinks() {
    return List.of();
  }

  @Override
  public boolean hasEnded() {
    return true;
  }

  @Override
  public int getTotalRecordedEvents() {
    return getEvents().size();
  }

  @Override
  public int getTotalRecordedLinks() {
    return 0;
  }

  @Override
  public int getTotalAttributeCount() {
    return getAttributes().size();
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return SCOPE;
  }

  @Override
  @SuppressWarnings("deprecation") // The interfaces still have it without a default.
  public io.opentelemetry.sdk.common.InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
    return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.create(SCOPE.getName(), null);
  }

  @Override
  public Resource getResource() {
    return owner.resource();
  }

  @Override
  public SpanData toSpanData() {
    return this;
  }
}
