package io.netspan.it;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netspan.it.truth.Observed;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/** One side of a connection as the agent printed it. */
record Side(JsonNode json) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Parses a line of standard output, which must be one JSON object. */
  static Side parse(String line) {
    try {
      JsonNode json = MAPPER.readTree(line);
      if (json == null || !json.isObject()) {
        throw new AssertionError("not a JSON object: " + line);
      }
      return new Side(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + line, e);
    }
  }

  Observed observed() {
    Map<String, Object> all = new TreeMap<>();
    json.properties().forEach(field -> all.put(field.getKey(), plain(field.getValue())));
    return new Observed(
        text("kind"),
        text("name"),
        text("trace_id"),
        text("span_id"),
        json.path("parent_span_id").asText(""),
        nanos("start"),
        nanos("end"),
        all,
        Map.of());
  }

  private static Object plain(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.longValue();
    }
    if (value.isArray()) {
      return StreamSupport.stream(value.spliterator(), false).map(Side::plain).toList();
    }
    return value.isNumber() ? (Object) value.doubleValue() : value.asText(value.toString());
  }

  private long nanos(String name) {
    Instant time = time(name);
    return time.getEpochSecond() * 1_000_000_000 + time.getNano();
  }

  boolean has(String name) {
    return json.has(name);
  }

  String text(String name) {
    if (!json.path(name).isTextual()) {
      throw new AssertionError("no text " + name + " in " + json);
    }
    return json.path(name).textValue();
  }

  long number(String name) {
    if (!json.path(name).isIntegralNumber()) {
      throw new AssertionError("no integer " + name + " in " + json);
    }
    return json.path(name).longValue();
  }

  Instant time(String name) {
    return Instant.parse(text(name));
  }

  boolean isClient() {
    return text("kind").equals("CLIENT");
  }

  boolean isServer() {
    return text("kind").equals("SERVER");
  }

  /** Returns the connection id, which both sides of an established connection share. */
  String id() {
    return text("netspan.connection.id");
  }

  long pid() {
    return number("process.pid");
  }

  /** Returns the names with a value of null or an empty text, except the parent of a client. */
  List<String> emptyAttributes() {
    return json.properties().stream()
        .filter(field -> !field.getKey().equals("parent_span_id"))
        .filter(field -> isEmpty(field.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isNull()
        || (value.isTextual() && value.textValue().isBlank())
        || (value.isContainerNode() && value.isEmpty());
  }
}
