package io.netspan.receiver.otlp;

import io.netspan.receiver.telemetry.Ids;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;

/** Encodes one span after the other. Belongs to one thread. */
final class OtlpSpan {
  // The fields of opentelemetry.proto.trace.v1.Span.
  private static final int TRACE_ID = 1;
  private static final int SPAN_ID = 2;
  private static final int PARENT_SPAN_ID = 4;
  private static final int NAME = 5;
  private static final int KIND = 6;
  private static final int START = 7;
  private static final int END = 8;
  private static final int ATTRIBUTES = 9;
  private static final int DROPPED_ATTRIBUTES = 10;
  private static final int EVENTS = 11;
  private static final int DROPPED_EVENTS = 12;
  private static final int LINKS = 13;
  private static final int DROPPED_LINKS = 14;
  private static final int STATUS = 15;
  private static final int FLAGS = 16;

  // Those of its events.
  private static final int EVENT_TIME = 1;
  private static final int EVENT_NAME = 2;
  private static final int EVENT_ATTRIBUTES = 3;
  private static final int EVENT_DROPPED_ATTRIBUTES = 4;

  // Those of its links.
  private static final int LINK_ATTRIBUTES = 4;
  private static final int LINK_DROPPED_ATTRIBUTES = 5;
  private static final int LINK_FLAGS = 6;

  private static final int STATUS_MESSAGE = 2;
  private static final int STATUS_CODE = 3;

  private static final int TRACE_ID_BYTES = 16;
  private static final int SPAN_ID_BYTES = 8;

  /** Says that {@link #IS_REMOTE} is meaningful. */
  private static final int HAS_IS_REMOTE = 0x100;

  private static final int IS_REMOTE = 0x200;

  /** More than a span without peer takes. */
  private static final int USUAL_SIZE = 2_048;

  private final Buffer span = new Buffer(USUAL_SIZE);
  private final Buffer part = new Buffer(128);
  private final OtlpAttributes attributes = new OtlpAttributes(span, ATTRIBUTES);

  /** Encodes a span as the content of its field. The buffer is reused for the next one. */
  Buffer encode(NetworkSpan of) {
    span.clear();
    Ids ids = Ids.of(of.getSpanContext());
    SpanContext parent = of.getParentSpanContext();
    ids(ids, span);
    if (parent.isValid()) {
      span.small(Wire.length(PARENT_SPAN_ID));
      span.small(SPAN_ID_BYTES);
      span.bigEndian(Ids.of(parent).spanId());
    }
    KeyValues.text(NAME, of.getName(), span);
    span.small(Wire.varint(KIND));
    span.small(kind(of.getKind()));
    span.small(Wire.fixed64(START));
    span.fixed64(of.getStartEpochNanos());
    span.small(Wire.fixed64(END));
    span.fixed64(of.getEndEpochNanos());
    attributes(of);
    events(of);
    links(of);
    status(of.getStatus());
    flags(FLAGS, ids, parent.isRemote(), span);
    return span;
  }

  private static void ids(Ids ids, Buffer to) {
    to.small(Wire.length(TRACE_ID));
    to.small(TRACE_ID_BYTES);
    to.bigEndian(ids.traceIdHigh());
    to.bigEndian(ids.traceIdLow());
    to.small(Wire.length(SPAN_ID));
    to.small(SPAN_ID_BYTES);
    to.bigEndian(ids.spanId());
  }

  private void attributes(NetworkSpan of) {
    SpanLimits limits = of.limits();
    attributes.begin(limits.getMaxNumberOfAttributes(), limits.getMaxAttributeValueLength());
    of.putAttributes(attributes);
    dropped(DROPPED_ATTRIBUTES, attributes.countDropped(), span);
  }

  private static void dropped(int field, int count, Buffer to) {
    if (count > 0) {
      to.small(Wire.varint(field));
      to.varint(count);
    }
  }

  private void events(NetworkSpan of) {
    List<EventData> events = of.getEvents();
    for (EventData event : events) {
      part.clear();
      part.small(Wire.fixed64(EVENT_TIME));
      part.fixed64(event.getEpochNanos());
      KeyValues.text(EVENT_NAME, event.getName(), part);
      KeyValues.append(event.getAttributes(), EVENT_ATTRIBUTES, part);
      dropped(EVENT_DROPPED_ATTRIBUTES, event.getDroppedAttributesCount(), part);
      part(EVENTS);
    }
    if (events.size() == of.limits().getMaxNumberOfEvents()) {
      dropped(DROPPED_EVENTS, of.getTotalRecordedEvents() - events.size(), span);
    }
  }

  private void links(NetworkSpan of) {
    List<LinkData> links = of.getLinks();
    for (LinkData link : links) {
      part.clear();
      Ids ids = Ids.of(link.getSpanContext());
      ids(ids, part);
      KeyValues.append(link.getAttributes(), LINK_ATTRIBUTES, part);
      dropped(
          LINK_DROPPED_ATTRIBUTES,
          link.getTotalAttributeCount() - link.getAttributes().size(),
          part);
      flags(LINK_FLAGS, ids, ids.isRemote(), part);
      part(LINKS);
    }
    if (links.size() == of.limits().getMaxNumberOfLinks()) {
      dropped(DROPPED_LINKS, of.getTotalRecordedLinks() - links.size(), span);
    }
  }

  private void status(StatusData status) {
    part.clear();
    if (!status.getDescription().isEmpty()) {
      KeyValues.text(STATUS_MESSAGE, status.getDescription(), part);
    }
    if (status.getStatusCode() != StatusCode.UNSET) {
      part.small(Wire.varint(STATUS_CODE));
      part.small(status.getStatusCode() == StatusCode.OK ? 1 : 2);
    }
    part(STATUS);
  }

  /** Appends the part as the content of a field of the span. */
  private void part(int field) {
    span.small(Wire.length(field));
    span.varint(part.size());
    span.append(part);
  }

  /**
   * Appends the flags of the W3C trace context and OTLP's own.
   *
   * @param remote whether the span's parent, or the linked span, is of another process
   */
  private static void flags(int field, Ids ids, boolean remote, Buffer to) {
    // The tag of a field from 16 on takes two bytes.
    to.varint(Wire.fixed32(field));
    int own = HAS_IS_REMOTE | (remote ? IS_REMOTE : 0);
    to.fixed32((ids.traceFlags().asByte() & 0xff) | own);
  }

  private static int kind(SpanKind kind) {
    return switch (kind) {
      case INTERNAL -> 1;
      case SERVER -> 2;
      case CLIENT -> 3;
      case PRODUCER -> 4;
      case CONSUMER -> 5;
    };
  }
}
