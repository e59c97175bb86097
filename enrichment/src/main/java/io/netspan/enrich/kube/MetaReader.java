package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import io.netspan.enrich.container.ContainerDetails;
import io.netspan.enrich.json.Json;
import java.io.IOException;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads the metadata of one object. */
final class MetaReader {
  private final Predicate<String> wanted;
  private String namespace = "";
  private String name = "";
  private String uid = "";
  private String version = "";
  private Map<String, String> labels = Map.of();
  private Map<String, String> annotations = Map.of();
  private Meta.@Nullable Owner controller;

  // Of the reference that is being read.
  private boolean controls;
  private String ownerKind = "";
  private String ownerName = "";
  private String ownerUid = "";

  /** Keeps the labels and annotations with these keys. */
  MetaReader(Predicate<String> wanted) {
    this.wanted = wanted;
  }

  void read(JsonParser at) throws IOException {
    Json.members(at, this::take);
  }

  Meta meta() {
    return new Meta(namespace, name, uid, labels, annotations, controller);
  }

  /** The object's resource version. */
  String version() {
    return version;
  }

  private void take(String member, JsonParser value) throws IOException {
    switch (member) {
      case "namespace" -> namespace = text(value);
      case "name" -> name = text(value);
      case "uid" -> uid = text(value);
      case "resourceVersion" -> version = text(value);
      case "labels" -> labels = Json.labels(value, wanted);
      case "annotations" -> annotations = Json.labels(value, wanted);
      case "ownerReferences" -> Json.elements(value, this::takeOwner);
      default -> value.skipChildren();
    }
  }

  private void takeOwner(JsonParser at) throws IOException {
    controls = false;
    ownerKind = "";
    ownerName = "";
    ownerUid = "";
    Json.members(at, this::takeOfOwner);
    if (controls) {
      controller = new Meta.Owner(ownerKind, ownerName, ownerUid);
    }
  }

  private void takeOfOwner(String member, JsonParser value) throws IOException {
    switch (member) {
      case "controller" -> controls = value.getValueAsBoolean();
      case "kind" -> ownerKind = text(value);
      case "name" -> ownerName = text(value);
      case "uid" -> ownerUid = text(value);
      default -> value.skipChildren();
    }
  }

  /** A text, shortened: others choose it. */
  static String text(JsonParser at) throws IOException {
    return ContainerDetails.shortened(Json.text(at));
  }
}
