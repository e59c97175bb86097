package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.netspan.enrich.json.BoundedInput;
import io.netspan.enrich.json.Json;
import io.netspan.enrich.kube.ObjectReader.Versioned;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads the events of a watch: JSON objects, one after the other. */
final class EventReader<T> {
  private final ObjectReader<T> reader;
  private final Sink<T> to;
  private final int largestObject;

  // Of the event that is being read.
  private String type = "";
  private @Nullable Versioned<T> object;

  /** Takes events. */
  interface Sink<T> {
    /** An object that is new, has changed, or is no more; or of which only the version counts. */
    void take(String type, Versioned<T> object) throws IOException;
  }

  EventReader(ObjectReader<T> reader, Sink<T> to, int largestObject) {
    this.reader = reader;
    this.to = to;
    this.largestObject = largestObject;
  }

  /** Reads to the end of the stream. */
  void read(InputStream stream) throws IOException {
    BoundedInput bounded = new BoundedInput(stream, largestObject);
    try (JsonParser parser = Json.parser(bounded)) {
      JsonToken first = parser.nextToken();
      while (first == JsonToken.START_OBJECT) {
        type = "";
        object = null;
        Json.members(parser, this::take);
        Versioned<T> read = object;
        if (read == null) {
          throw new KubeFailure(KubeProblem.MALFORMED, "an event has no object");
        }
        to.take(type, read);
        bounded.beginAgain();
        first = parser.nextToken();
      }
      if (first != null) {
        throw new KubeFailure(KubeProblem.MALFORMED, "an event is no object");
      }
    } catch (JsonProcessingException e) {
      throw Json.failure(e);
    }
  }

  /** The type comes before the object. */
  private void take(String member, JsonParser value) throws IOException {
    switch (member) {
      case "type" -> type = Json.text(value);
      case "object" -> {
        if (type.equals("ERROR")) {
          StatusReader.Status status = StatusReader.read(value);
          throw ApiClient.failure(status.code(), status.message());
        }
        object = reader.read(value);
      }
      default -> value.skipChildren();
    }
  }
}
