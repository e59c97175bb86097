package io.netspan.receiver.telemetry;

import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that a socket did, after its end, as a span. Immutable numbers; attributes, texts and
 * the Resource are made when an exporter or a printer asks, on its thread, so that the tracer's
 * thread pays for one object.
 */
public abstract sealed class NetworkSpan implements ReadableSpan, SpanData
    permits ConnectionSpan, FlowSpan {
  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.builder("io.netspan").build();

  private final SpanContext context;
  private final SpanContext parent;
  private final long startEpochNanos;
  private final long endEpochNanos;
  private final Workload owner;
  private final SpanLimits limits;
  private LimitedAttributes.@Nullable Made attributes;

  NetworkSpan(
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

  /** {@code address:port}, the address in brackets if it is IPv6. */
  public abstract String local();

  /** As {@link #local()}, of the other end. */
  public abstract String remote();

  static String endpoint(boolean ipv6, long high, long low, int port) {
    String address = IpAddress.text(ipv6, high, low);
    return ipv6 ? "[" + address + "]:" + port : address + ":" + port;
  }

  /** Which side the socket is on, in at most six letters. */
  public abstract String side();

  /** How it ended, in a word. */
  public abstract String outcome();

  /** Whether something went wrong. */
  public abstract boolean failed();

  public abstract boolean totalsKnown();

  public abstract long bytesSent();

  public abstract long bytesReceived();

  /** How long the other end takes to answer; 0 if not known. */
  public abstract long roundTripNs();

  /** What tells it from others, for a line of text; {@code -} if there is nothing. */
  public abstract String label();

  abstract void addAttributes(LimitedAttributes to);

  /** All events, without regard to limits. */
  List<EventData> makeEvents() {
    return List.of();
  }

  /** For the attributes of an event. */
  final LimitedAttributes eventAttributes() {
    return new LimitedAttributes(
        limits.getMaxNumberOfAttributesPerEvent(), limits.getMaxAttributeValueLength());
  }

  /** The same object each time; two threads that ask at once may each get one of their own. */
  private LimitedAttributes.Made made() {
    LimitedAttributes.Made known = attributes;
    if (known == null) {
      LimitedAttributes to =
          new LimitedAttributes(
              limits.getMaxNumberOfAttributes(), limits.getMaxAttributeValueLength());
      addAttributes(to);
      known = to.build();
      attributes = known;
    }
    return known;
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
    return List.of();
  }

  @Override
  public final int getTotalRecordedLinks() {
    return 0;
  }

  @Override
  public final boolean hasEnded() {
    return true;
  }

  @Override
  public final InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return SCOPE;
  }

  @Override
  @SuppressWarnings("deprecation") // The interfaces still have it without a default.
  public final io.opentelemetry.sdk.common.InstrumentationLibraryInfo
      getInstrumentationLibraryInfo() {
    return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.create(SCOPE.getName(), null);
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
