package io.netspan.it.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A trace as Jaeger's HTTP interface gives it. */
public record JaegerTrace(JsonNode json) {

  /** A span of it, with the service that its process stands for. */
  public record JaegerSpan(String service, JsonNode json) {
    public String id() {
      return json.path("spanID").asText();
    }

    /** When it began, in microseconds of Unix time. */
    public long startMicros() {
      return json.path("startTime").longValue();
    }

    /** The value of a tag as text; empty if there is none. */
    public String tag(String name) {
      for (JsonNode tag : json.path("tags")) {
        if (tag.path("key").asText().equals(name)) {
          return tag.path("value").asText();
        }
      }
      return "";
    }

    /** Whether it is a child of that one, and of nothing else; it may have links. */
    public boolean isChildOf(JaegerSpan parent) {
      List<String> parents = new ArrayList<>();
      for (JsonNode reference : json.path("references")) {
        if (reference.path("refType").asText().equals("CHILD_OF")) {
          parents.add(reference.path("spanID").asText());
        }
      }
      return parents.equals(List.of(parent.id()));
    }

    /**
     * What Jaeger finds strange about it, but for the clocks: a server's span may end after its
     * client's, as connections do, from which Jaeger concludes that their clocks differ.
     */
    public List<String> warnings() {
      List<String> warnings = new ArrayList<>();
      json.path("warnings").forEach(warning -> warnings.add(warning.asText()));
      warnings.removeIf(warning -> warning.startsWith("clock skew adjustment disabled"));
      return warnings;
    }

    @Override
    public String toString() {
      return service + " " + tag("span.kind") + " " + id() + " " + json.path("references");
    }
  }

  public String id() {
    return json.path("traceID").asText();
  }

  /** Its spans. */
  public List<JaegerSpan> spans() {
    List<JaegerSpan> spans = new ArrayList<>();
    for (JsonNode span : json.path("spans")) {
      JsonNode process = json.path("processes").path(span.path("processID").asText());
      spans.add(new JaegerSpan(process.path("serviceName").asText(), span));
    }
    return spans;
  }

  /** Its only span of this kind, {@code client} or {@code server}. */
  public Optional<JaegerSpan> span(String kind) {
    List<JaegerSpan> of =
        spans().stream().filter(span -> span.tag("span.kind").equals(kind)).toList();
    return of.size() == 1 ? Optional.of(of.getFirst()) : Optional.empty();
  }

  @Override
  public String toString() {
    return id() + " " + spans();
  }
}
