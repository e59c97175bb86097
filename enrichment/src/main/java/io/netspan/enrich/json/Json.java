package io.netspan.enrich.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.netspan.enrich.container.ContainerDetails;
import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Reads JSON token by token, so what is not wanted takes no memory, however long it is. */
public final class Json {
  /** The longest text, in bytes. */
  public static final int LONGEST_TEXT = 8 << 20;

  private static final int DEEPEST = 100;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxStringLength(LONGEST_TEXT)
                  .maxNameLength(LONGEST_TEXT)
                  .build())
          // Names are keys of labels, which others choose.
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
          .build();

  private Json() {}

  public static JsonParser parser(InputStream in) throws IOException {
    return FACTORY.createParser(in);
  }

  /** What it means that something is not JSON. */
  public static IOException failure(JsonProcessingException e) {
    if (e instanceof JsonEOFException) {
      return new EOFException("the answer ends too early");
    }
    return new RuntimeFailure(RuntimeProblem.MALFORMED, e.getOriginalMessage());
  }

  /** Takes a member's value. The parser is at the value, and has to be at its end afterwards. */
  public interface Member {
    void take(String name, JsonParser value) throws IOException;
  }

  /** Passes on the members of an object, at whose beginning the parser is. */
  public static void members(JsonParser at, Member to) throws IOException {
    if (at.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (at.currentToken() != JsonToken.START_OBJECT) {
      throw new RuntimeFailure(
          RuntimeProblem.MALFORMED, "the answer has no object where one is due");
    }
    while (at.nextToken() == JsonToken.FIELD_NAME) {
      String name = at.currentName();
      at.nextToken();
      to.take(name, at);
    }
  }

  /** Takes an element. The parser is at the element, and has to be at its end afterwards. */
  public interface Element {
    void take(JsonParser element) throws IOException;
  }

  /** Passes on the elements of a list; nothing if it is something else. */
  public static void elements(JsonParser at, Element to) throws IOException {
    if (at.currentToken() != JsonToken.START_ARRAY) {
      at.skipChildren();
      return;
    }
    while (at.nextToken() != JsonToken.END_ARRAY) {
      to.take(at);
    }
  }

  /** A text; empty if it is something else. */
  public static String text(JsonParser at) throws IOException {
    if (at.currentToken() == JsonToken.VALUE_STRING) {
      return at.getText();
    }
    at.skipChildren();
    return "";
  }

  /** The texts of a list; empty if it is something else. */
  public static List<String> texts(JsonParser at, int most) throws IOException {
    List<String> all = new ArrayList<>();
    elements(
        at,
        element -> {
          if (all.size() < most) {
            all.add(text(element));
          } else {
            element.skipChildren();
          }
        });
    return all;
  }

  /** The labels that are wanted, shortened. */
  public static Map<String, String> labels(JsonParser at, Predicate<String> wanted)
      throws IOException {
    Map<String, String> labels = new HashMap<>();
    members(
        at,
        (key, value) -> {
          if (ContainerDetails.mayKeep(key, labels.size()) && wanted.test(key)) {
            labels.put(key, ContainerDetails.shortened(text(value)));
          } else {
            value.skipChildren();
          }
        });
    return labels;
  }
}
