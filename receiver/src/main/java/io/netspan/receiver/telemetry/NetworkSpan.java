package io.netspan.receiver.telemetry;

import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection or a flow as a span, after its end. It holds immutable numbers; attributes, texts
 * and the Resource are made when an exporter or a printer asks for them, on its thread, so that the
 * tracer's thread allocates only one object.
 */
public abstract class NetworkSpan implements ReadableSpan, SpanData {
  private final SpanContext context;
  private final SpanContext parent;
  private final long startEpochNanos;
  private final long endEpochNanos;
  private final Workload owner;
  private final SpanLimits limits;
  private @Nullable String keptBy;
  private SdkAttributes.@Nullable Made attributes;

  protected NetworkSpan(
      SpanContext context,
      SpanContext parent,
      long startEpochNanos,
      long endEpochNanos,
      Workload owner,
      SpanLimits limits) {
    this.context = context;
    this.parent = parent;
    this.startEpochNanos = startEpochNanos;
    this.endEpochNanos = Math.max(startEpochNanos, endEpochNanos);
    this.owner = owner;
    this.limits = limits;
  }

  public final Workload owner() {
    return owner;
  }

  /** Notes the rule because of which the span is exported; before another thread has the span. */
  final void keptBy(String rule) {
    keptBy = rule;
  }

  /** The process at the other end; null if it is not known. */
  public @Nullable Workload peerOwner() {
    return null;
  }

  /** The protocol, as in {@code network.transport}. */
  public abstract String transport();

  /** Whether the addresses are IPv6 addresses. */
  public boolean isIpv6() {
    return false;
  }

  /** Our address as text; null if it is not known. */
  public @Nullable String localAddress() {
    return null;
  }

  /** Our port; 0 if not known. */
  public int localPort() {
    return 0;
  }

  /** The other end's address as text; null if there is no single known other end. */
  public @Nullable String peerAddress() {
    return null;
  }

  public int peerPort() {
    return 0;
  }

  /** A word for the peers if there is no single known one; otherwise empty. */
  public String peers() {
    return "";
  }

  /** A word for how the span's subject ended if nothing went wrong. */
  public abstract String ending();

  /** What went wrong, as in {@code error.type}; empty if nothing did. */
  public String error() {
    return "";
  }

  /** What went wrong, in a few words for people: the description of the span's status. */
  protected String errorInWords() {
    return error();
  }

  /** Whether the bytes below are known. */
  public boolean totalsKnown() {
    return false;
  }

  public long bytesSent() {
    return 0;
  }

  public long bytesReceived() {
    return 0;
  }

  /** The time that the other end takes to answer; 0 if not known. */
  public long roundTripNs() {
    return 0;
  }

  /**
   * The identity that both ends of a connection know, as 16 hexadecimal digits; null if there is
   * none.
   */
  public @Nullable String connectionId() {
    return null;
  }

  /** Adds the attributes, each key once. Called by the thread that exports or prints. */
  protected abstract void addAttributes(LimitedAttributes to);

  /** Puts all attributes. Called by the thread that exports or prints. */
  public final void putAttributes(LimitedAttributes to) {
    addAttributes(to);
    if (keptBy != null) {
      to.put(SpanAttributes.KEEP, keptBy);
    }
  }

  /** The SDK's limits for this span. */
  public final SpanLimits limits() {
    return limits;
  }

  /** Makes all events, without regard to limits. */
  protected List<EventData> makeEvents() {
    return List.of();
  }

  /** Makes all links, without regard to limits. */
  protected List<LinkData> makeLinks() {
    return List.of();
  }

  /** Creates a builder for the attributes of an event. */
  protected final SdkAttributes eventAttributes() {
    return new SdkAttributes(
        limits.getMaxNumberOfAttributesPerEvent(), limits.getMaxAttributeValueLength());
  }

  /**
   * The attributes, made at the first call, or again after {@link #forgetAttributes}; two threads
   * that call at the same time may each make them.
   */
  private SdkAttributes.Made made() {
    SdkAttributes.Made known = attributes;
    if (known == null) {
      SdkAttributes to =
          new SdkAttributes(limits.getMaxNumberOfAttributes(), limits.getMaxAttributeValueLength());
      putAttributes(to);
      known = to.build();
      attributes = known;
    }
    return known;
  }

  /**
   * Forgets the attributes that were made, which take several times the span itself. Called when
   * the span was printed, since it may still wait for its export, which encodes them anew.
   */
  public final void forgetAttributes() {
    attributes = null;
  }

  @Override
  public final StatusData getStatus() {
    return error().isEmpty()
        ? StatusData.unset()
        : StatusData.create(StatusCode.ERROR, errorInWords());
  }

  @Override
  public final Attributes getAttributes() {
    return made().attributes();
  }

  @Override
  public final <T> @Nullable T getAttribute(AttributeKey<T> key) {
    return getAttributes().get(key);
  }

  @Override
  public final int getTotalAttributeCount() {
    return made().total();
  }

  @Override
  public final SpanContext getSpanContext() {
    return context;
  }

  @Override
  public final SpanContext getParentSpanContext() {
    return parent;
  }

  @Override
  public final long getStartEpochNanos() {
    return startEpochNanos;
  }

  @Override
  public final long getEndEpochNanos() {
    return endEpochNanos;
  }

  @Override
  public final long getLatencyNanos() {
    return endEpochNanos - startEpochNanos;
  }

  @Override
  public final List<EventData> getEvents() {
    List<EventData> all = makeEvents();
    return all.size() <= limits.getMaxNumberOfEvents()
        ? all
        : all.subList(0, limits.getMaxNumberOfEvents());
  }

  @Override
  public final int getTotalRecordedEvents() {
    return makeEvents().size();
  }

  @Override
  public final List<LinkData> getLinks() {
    List<LinkData> all = makeLinks();
    return all.size() <= limits.getMaxNumberOfLinks()
        ? all
        : all.subList(0, limits.getMaxNumberOfLinks());
  }

  @Override
  public final int getTotalRecordedLinks() {
    return makeLinks().size();
  }

  @Override
  public final boolean hasEnded() {
    return true;
  }

  @Override
  public final InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return Scope.NETSPAN;
  }

  @Override
  @SuppressWarnings("deprecation") // The interfaces still have it without a default.
  public final io.opentelemetry.sdk.common.InstrumentationLibraryInfo
      getInstrumentationLibraryInfo() {
    return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.create(
        Scope.NETSPAN.getName(), Scope.NETSPAN.getVersion());
  }

  @Override
  public final Resource getResource() {
    return Resources.of(owner);
  }

  @Override
  public final SpanData toSpanData() {
    return this;
  }
}
