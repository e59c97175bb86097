package io.netspan.it;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;
import java.util.stream.Stream;

/** A span with what it came in. */
record ReceivedSpan(ResourceSpans resource, ScopeSpans scope, Span span) {
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

  /** Of the span or its Resource; an empty value if there is none. */
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
