package io.netspan.it.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A dashboard for Grafana, as a file. */
public record GrafanaDashboard(JsonNode json) {

  /** A query of a panel. */
  public record Target(String panel, String refId, String expression) {}

  /** Where a panel is, in cells of the grid. */
  public record Place(String panel, int x, int y, int width, int height) {
    /** Whether the two share a cell. */
    public boolean overlaps(Place other) {
      return x < other.x + other.width
          && other.x < x + width
          && y < other.y + other.height
          && other.y < y + height;
    }
  }

  public static GrafanaDashboard read(Path file) throws IOException {
    return new GrafanaDashboard(Http.parse(Files.readString(file)));
  }

  /** Panels and rows of panels. */
  public List<JsonNode> panels() {
    return list(json.path("panels"));
  }

  public List<Place> places() {
    return panels().stream().map(GrafanaDashboard::place).toList();
  }

  private static Place place(JsonNode panel) {
    JsonNode place = panel.path("gridPos");
    return new Place(
        panel.path("title").asText(),
        place.path("x").asInt(-1),
        place.path("y").asInt(-1),
        place.path("w").asInt(),
        place.path("h").asInt());
  }

  public List<Target> targets() {
    List<Target> targets = new ArrayList<>();
    for (JsonNode panel : panels()) {
      for (JsonNode target : panel.path("targets")) {
        targets.add(
            new Target(
                panel.path("title").asText(),
                target.path("refId").asText(),
                target.path("expr").asText()));
      }
    }
    return targets;
  }

  /** The variables that users choose values of. */
  public List<JsonNode> variables() {
    return list(json.path("templating").path("list"));
  }

  private static List<JsonNode> list(JsonNode array) {
    List<JsonNode> nodes = new ArrayList<>();
    array.forEach(nodes::add);
    return nodes;
  }
}
