package io.netspan.receiver.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.netspan.receiver.telemetry.ConnectionSpan;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A JSON object a line: the span's ids, kind, name and times, then the attributes of span and
 * Resource, flat.
 */
final class JsonFormat implements SpanFormat {
  private final JsonFactory factory = new JsonFactory();

  @Override
  public void begin(Appendable to) {}

  @Override
  public void write(ConnectionSpan span, Appendable to) throws IOException {
    StringWriter line = new StringWriter(1024);
    try (JsonGenerator json = factory.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("trace_id", span.getTraceId());
      json.writeStringField("span_id", span.getSpanId());
      if (span.getParentSpanContext().isValid()) {
        json.writeStringField("parent_span_id", span.getParentSpanId());
      } else {
        json.writeNullField("parent_span_id");
      }
      json.writeStringField("kind", span.getKind().name());
      json.writeStringField("name", span.getName());
      json.writeStringField("start", time(span.getStartEpochNanos()));
      json.writeStringField("end", time(span.getEndEpochNanos()));
      write(span.getAttributes(), json);
      write(span.getResource().getAttributes(), json);
      json.writeEndObject();
    }
    to.append(line.getBuffer()).append('\n');
  }

  private static String time(long epochNanos) {
    return Instant.ofEpochSecond(0, epochNanos).toString();
  }

  private static void write(Attributes attributes, JsonGenerator json) throws IOException {
    for (Map.Entry<AttributeKey<?>, Object> entry : attributes.asMap().entrySet()) {
      json.writeFieldName(entry.getKey().getKey());
      write(entry.getValue(), json);
    }
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    switch (value) {
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Boolean truth -> json.writeBoolean(truth);
      case List<?> list -> {
        json.writeStartArray();
        for (Object element : list) {
          write(element, json);
        }
        json.writeEndArray();
      }
      default -> json.writeString(value.toString());
    }
  }
}
