package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.netspan.enrich.json.BoundedInput;
import io.netspan.enrich.json.Json;
import io.netspan.enrich.kube.ObjectReader.Versioned;
import java.io.IOException;
import java.io.InputStream;

/** Reads one page of a list, object by object. */
final class ListReader<T> {
  private final ObjectReader<T> reader;
  private final Sink<T> to;
  private final int largestObject;
  private String version = "";
  private String next = "";

  /** Takes objects. */
  interface Sink<T> {
    void take(Versioned<T> object) throws IOException;
  }

  /**
   * The end of a page.
   *
   * @param version of the list
   * @param next where the next page begins; empty after the last one
   */
  record End(String version, String next) {}

  ListReader(ObjectReader<T> reader, Sink<T> to, int largestObject) {
    this.reader = reader;
    this.to = to;
    this.largestObject = largestObject;
  }

  End read(InputStream page) throws IOException {
    BoundedInput bounded = new BoundedInput(page, largestObject);
    try (JsonParser parser = Json.parser(bounded)) {
      parser.nextToken();
      Json.members(parser, (member, value) -> take(member, value, bounded));
      if (parser.currentToken() != JsonToken.END_OBJECT || version.isEmpty()) {
        throw new KubeFailure(KubeProblem.MALFORMED, "the answer is no list");
      }
      return new End(version, next);
    } catch (JsonProcessingException e) {
      throw Json.failure(e);
    }
  }

  private void take(String member, JsonParser value, BoundedInput bounded) throws IOException {
    switch (member) {
      case "metadata" -> Json.members(value, this::takeOfMetadata);
      case "items" ->
          Json.elements(
              value,
              element -> {
                bounded.beginAgain();
                to.take(reader.read(element));
              });
      default -> value.skipChildren();
    }
  }

  private void takeOfMetadata(String member, JsonParser value) throws IOException {
    switch (member) {
      case "resourceVersion" -> version = Json.text(value);
      case "continue" -> next = Json.text(value);
      default -> value.skipChildren();
    }
  }
}
