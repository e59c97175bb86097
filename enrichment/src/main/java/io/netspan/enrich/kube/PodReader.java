package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import io.netspan.enrich.json.Json;
import io.netspan.enrich.kube.Pod.PodContainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Reads pods. */
final class PodReader implements ObjectReader<Pod> {
  private static final int MOST_CONTAINERS = 128;
  private static final int MOST_ADDRESSES = 8;

  private final Predicate<String> wanted;

  /** Keeps the labels and annotations with these keys. */
  PodReader(Predicate<String> wanted) {
    this.wanted = wanted;
  }

  @Override
  public Versioned<Pod> read(JsonParser at) throws IOException {
    MetaReader meta = new MetaReader(wanted);
    Parts parts = new Parts();
    Json.members(
        at,
        (member, value) -> {
          switch (member) {
            case "metadata" -> meta.read(value);
            case "spec" -> Json.members(value, parts::takeOfSpec);
            case "status" -> Json.members(value, parts::takeOfStatus);
            default -> value.skipChildren();
          }
        });
    Meta known = meta.meta();
    return new Versioned<>(known.uid(), meta.version(), parts.pod(known));
  }

  /** What is read of one pod. */
  private static final class Parts {
    private final List<String> addresses = new ArrayList<>();
    private final List<PodContainer> containers = new ArrayList<>();
    private String node = "";
    private boolean hostNetwork;
    private boolean ended;
    private int declared;
    private String declaredName = "";

    // Of the container that is being read.
    private String name = "";
    private String image = "";
    private String id = "";
    private String lastId = "";

    Pod pod(Meta meta) {
      String only = declared == 1 && !declaredName.isEmpty() ? declaredName : null;
      return new Pod(meta, node, hostNetwork, ended, only, addresses, containers);
    }

    void takeOfSpec(String member, JsonParser value) throws IOException {
      switch (member) {
        case "nodeName" -> node = MetaReader.text(value);
        case "hostNetwork" -> hostNetwork = value.getValueAsBoolean();
        case "containers", "initContainers", "ephemeralContainers" ->
            Json.elements(
                value,
                element -> {
                  declared++;
                  Json.members(element, this::takeOfDeclared);
                });
        default -> value.skipChildren();
      }
    }

    private void takeOfDeclared(String member, JsonParser value) throws IOException {
      if (member.equals("name")) {
        declaredName = MetaReader.text(value);
      } else {
        value.skipChildren();
      }
    }

    void takeOfStatus(String member, JsonParser value) throws IOException {
      switch (member) {
        case "phase" -> {
          String phase = Json.text(value);
          ended = phase.equals("Succeeded") || phase.equals("Failed");
        }
        case "podIPs" ->
            Json.elements(value, element -> Json.members(element, this::takeOfAddress));
        case "containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses" ->
            Json.elements(value, this::takeContainer);
        default -> value.skipChildren();
      }
    }

    private void takeOfAddress(String member, JsonParser value) throws IOException {
      if (member.equals("ip") && addresses.size() < MOST_ADDRESSES) {
        addresses.add(MetaReader.text(value));
      } else {
        value.skipChildren();
      }
    }

    private void takeContainer(JsonParser at) throws IOException {
      name = "";
      image = "";
      id = "";
      lastId = "";
      Json.members(at, this::takeOfContainer);
      add(id);
      add(lastId);
    }

    private void add(String containerId) {
      if (!containerId.isEmpty() && containers.size() < MOST_CONTAINERS) {
        containers.add(new PodContainer(name, image, containerId));
      }
    }

    private void takeOfContainer(String member, JsonParser value) throws IOException {
      switch (member) {
        case "name" -> name = MetaReader.text(value);
        case "image" -> image = MetaReader.text(value);
        case "containerID" -> id = MetaReader.text(value);
        case "lastState" -> Json.members(value, this::takeOfLastState);
        default -> value.skipChildren();
      }
    }

    private void takeOfLastState(String member, JsonParser value) throws IOException {
      if (member.equals("terminated")) {
        Json.members(
            value,
            (inner, innerValue) -> {
              if (inner.equals("containerID")) {
                lastId = MetaReader.text(innerValue);
              } else {
                innerValue.skipChildren();
              }
            });
      } else {
        value.skipChildren();
      }
    }
  }
}
