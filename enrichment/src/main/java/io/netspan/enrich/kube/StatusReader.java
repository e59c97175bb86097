package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import io.netspan.enrich.container.ContainerDetails;
import io.netspan.enrich.json.Json;
import java.io.IOException;

/** Reads the object by which the API says that something went wrong. */
final class StatusReader {
  private int code;
  private String message = "";

  /** What went wrong. */
  record Status(int code, String message) {}

  private StatusReader() {}

  static Status read(JsonParser at) throws IOException {
    StatusReader reader = new StatusReader();
    Json.members(at, reader::take);
    return new Status(reader.code, reader.message);
  }

  private void take(String member, JsonParser value) throws IOException {
    switch (member) {
      case "code" -> code = value.getValueAsInt();
      case "message" -> message = ContainerDetails.shortened(Json.text(value));
      default -> value.skipChildren();
    }
  }
}
