package io.netspan.it;

import com.google.protobuf.ByteString;
import io.netspan.it.truth.Observed;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A span with its Resource and scope. */
record ReceivedSpan(ResourceSpans resource, ScopeSpans scope, Span span) {
  private static final HexFormat HEX = HexFormat.of();

  Observed observed() {
    return new Observed(
        span.getKind().name().replace("SPAN_KIND_", ""),
        span.getName(),
        HEX.formatHex(span.getTraceId().toByteArray()),
        HEX.formatHex(span.getSpanId().toByteArray()),
        HEX.formatHex(span.getParentSpanId().toByteArray()),
        span.getStartTimeUnixNano(),
        span.getEndTimeUnixNano(),
        plain(attributes()),
        span.getEventsList().stream()
            .collect(
                Collectors.toMap(
                    Span.Event::getName, ReceivedSpan::plain, (first, second) -> second)));
  }

  private static Map<String, Object> plain(Span.Event event) {
    Map<String, Object> all = plain(event.getAttributesList().stream());
    all.put(Observed.TIME, event.getTimeUnixNano());
    return all;
  }

  private static Map<String, Object> plain(Stream<KeyValue> attributes) {
    Map<String, Object> all = new TreeMap<>();
    attributes.forEach(one -> all.put(one.getKey(), plain(one.getValue())));
    return all;
  }

  private static Object plain(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> value.getIntValue();
      case DOUBLE_VALUE -> value.getDoubleValue();
      case BOOL_VALUE -> value.getBoolValue();
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream().map(ReceivedSpan::plain).toList();
      default -> value.toString();
    };
  }

  boolean isServer() {
    return span.getKind() == Span.SpanKind.SPAN_KIND_SERVER;
  }

  ByteString traceId() {
    return span.getTraceId();
  }

  private Stream<KeyValue> attributes() {
    return Stream.concat(
        span.getAttributesList().stream(), resource.getResource().getAttributesList().stream());
  }

  /** Returns an attribute of the span or its Resource, or an empty value. */
  private AnyValue value(String name) {
    return attributes()
        .filter(attribute -> attribute.getKey().equals(name))
        .map(KeyValue::getValue)
        .findFirst()
        .orElse(AnyValue.getDefaultInstance());
  }

  long number(String name) {
    return value(name).getIntValue();
  }

  String text(String name) {
    return value(name).getStringValue();
  }

  List<String> emptyAttributes() {
    return attributes().filter(one -> isEmpty(one.getValue())).map(KeyValue::getKey).toList();
  }

  private static boolean isEmpty(AnyValue value) {
    return switch (value.getValueCase()) {
      case VALUE_NOT_SET -> true;
      case STRING_VALUE -> value.getStringValue().isBlank();
      case ARRAY_VALUE -> value.getArrayValue().getValuesCount() == 0;
      default -> false;
    };
  }
}
