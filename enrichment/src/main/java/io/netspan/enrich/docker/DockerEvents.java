package io.netspan.enrich.docker;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.netspan.enrich.container.ContainerDetails;
import io.netspan.enrich.container.RuntimeEvents;
import io.netspan.enrich.json.BoundedInput;
import io.netspan.enrich.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Reads a stream of events: JSON objects, one after the other. */
final class DockerEvents {
  private static final Set<String> PRESENT = Set.of("create", "start", "rename");
  private static final String IMAGE = "image";
  private static final String NAME = "name";

  private final Predicate<String> wanted;
  private final RuntimeEvents to;
  private long lastNanos;

  // Of the event that is being read.
  private String type = "";
  private String action = "";
  private String id = "";
  private Map<String, String> attributes = Map.of();

  /**
   * Reads nothing yet.
   *
   * @param since the time of the last event that was read, in ns of Unix time
   */
  DockerEvents(Predicate<String> wantedLabels, RuntimeEvents to, long since) {
    // An event has the container's labels beside its name and image.
    this.wanted = key -> key.equals(IMAGE) || key.equals(NAME) || wantedLabels.test(key);
    this.to = to;
    this.lastNanos = since;
  }

  /** Reads to the end of the stream. */
  void read(InputStream stream) throws IOException {
    BoundedInput bounded = new BoundedInput(stream, DockerApi.LARGEST_ANSWER);
    try (JsonParser parser = Json.parser(bounded)) {
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        type = "";
        action = "";
        id = "";
        attributes = Map.of();
        Json.members(parser, this::take);
        report();
        bounded.beginAgain();
      }
    } catch (JsonProcessingException e) {
      throw Json.failure(e);
    }
  }

  /** Leaves out what happened before this time. */
  void skipTo(long nanos) {
    lastNanos = Math.max(lastNanos, nanos);
  }

  /** The time of the last event that was read, in ns of Unix time. */
  long lastNanos() {
    return lastNanos;
  }

  private void take(String member, JsonParser value) throws IOException {
    switch (member) {
      case "Type" -> type = Json.text(value);
      case "Action" -> action = Json.text(value);
      case "Actor" -> Json.members(value, this::takeOfActor);
      case "timeNano" -> lastNanos = Math.max(lastNanos, value.getValueAsLong());
      default -> value.skipChildren();
    }
  }

  private void takeOfActor(String member, JsonParser value) throws IOException {
    switch (member) {
      case "ID" -> id = Json.text(value);
      case "Attributes" -> attributes = Json.labels(value, wanted);
      default -> value.skipChildren();
    }
  }

  private void report() {
    if (type.equals(IMAGE)) {
      to.imagesChanged();
    } else if (type.equals("container") && PRESENT.contains(action) && !id.isEmpty()) {
      Map<String, String> labels = new HashMap<>(attributes);
      String image = labels.remove(IMAGE);
      String name = labels.remove(NAME);
      to.present(
          new ContainerDetails(
              id, name == null ? "" : name, image == null ? "" : image, null, labels, null));
    }
  }
}
