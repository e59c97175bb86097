package io.netspan.receiver.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes one JSON object per line: the span's ids, kind, name and times, then the attributes of the
 * span and of its Resource, without nesting.
 */
final class JsonFormat implements SpanFormat {
  private static final int MOST_RESOURCES = 1_024;

  private final JsonFactory factory = new JsonFactory();

  /**
   * The JSON members of Resources. A workload has the same Resource object each time, so the
   * members are made once for it.
   */
  private final IdentityHashMap<Resource, String> resources = new IdentityHashMap<>();

  @Override
  public void begin(Appendable to) {}

  @Override
  public void write(NetworkSpan span, Appendable to) throws IOException {
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
      json.writeRaw(members(span.getResource()));
      json.writeEndObject();
    }
    to.append(line.getBuffer()).append('\n');
  }

  /** The members of a Resource, with a leading comma. */
  private String members(Resource resource) throws IOException {
    String known = resources.get(resource);
    if (known == null) {
      if (resources.size() >= MOST_RESOURCES) {
        resources.clear();
      }
      known = membersOf(resource);
      resources.put(resource, known);
    }
    return known;
  }

  private String membersOf(Resource resource) throws IOException {
    StringWriter text = new StringWriter(1024);
    try (JsonGenerator json = factory.createGenerator(text)) {
      json.writeStartObject();
      write(resource.getAttributes(), json);
      json.writeEndObject();
    }
    String object = text.toString();
    String members = object.substring(1, object.length() - 1);
    return members.isEmpty() ? "" : "," + members;
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
