package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.enrich.NameBasedUuid;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Service;
import io.netspan.receiver.workload.Services;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes the Resource of each service's metrics, and the attributes of points that refer to it, see
 * {@link MetricResources}. May be used by any thread.
 */
public final class ServiceResources {
  private static final AttributeKey<String> NAME = stringKey("service.name");
  private static final AttributeKey<String> NAMESPACE = stringKey("service.namespace");
  private static final AttributeKey<String> PEER_NAME = stringKey("service.peer.name");
  private static final AttributeKey<String> PEER_NAMESPACE = stringKey("service.peer.namespace");

  /** The namespace of the instance ids, an arbitrary UUID. */
  private static final UUID INSTANCES = UUID.fromString("0f2b7a44-6a0c-4c55-9a39-1d6f0c5f7e21");

  private final Attributes host;
  private final String agent;
  private final MetricResources resources;
  private final SeriesExpiry expiry;
  private final Services services;

  /**
   * Creates the Resources of one machine.
   *
   * @param host the attributes that all Resources have
   * @param agent identifies this agent among those that may export to the same backend
   */
  ServiceResources(
      Attributes host,
      String agent,
      MetricResources resources,
      SeriesExpiry expiry,
      Services services) {
    this.services = services;
    this.host = host;
    this.agent = agent;
    this.resources = resources;
    this.expiry = expiry;
  }

  /** The service that an address stands for; null if it has no name. */
  @Nullable Service named(@Nullable PeerName peer) {
    return peer == null ? null : peer.service(services);
  }

  /** Removes the series of services in which nothing is counted any more. */
  public SeriesExpiry expiry() {
    return expiry;
  }

  /** Adds the attributes that distinguish a service from others. */
  void put(Service service, AttributesBuilder to) {
    AttributesBuilder all = host.toBuilder();
    service.attributes().forEach((key, value) -> all.put(stringKey(key), value));
    name(service, NAME, NAMESPACE, all);
    String id = instanceId(all.build());
    resources.add(
        Resource.create(all.put(MetricResources.INSTANCE_ID, id).build(), Resources.SCHEMA_URL));
    name(service, NAME, NAMESPACE, to);
    to.put(MetricResources.INSTANCE_ID, id);
  }

  /** Adds the name of the service at the other end. */
  void putPeer(Service service, AttributesBuilder to) {
    name(service, PEER_NAME, PEER_NAMESPACE, to);
  }

  private static void name(
      Service service,
      AttributeKey<String> name,
      AttributeKey<String> namespace,
      AttributesBuilder to) {
    to.put(name, service.name());
    if (service.namespace() != null) {
      to.put(namespace, service.namespace());
    }
  }

  /**
   * A name-based UUID of exactly these attributes and the agent, so that neither two different
   * Resources nor the counters of two agents on one machine share one.
   */
  private String instanceId(Attributes attributes) {
    Map<String, String> sorted = new TreeMap<>();
    attributes.forEach(
        (key, value) -> sorted.put(key.getKey() + " " + key.getType(), value.toString()));
    StringBuilder name = new StringBuilder();
    append(agent, name);
    sorted.forEach(
        (key, value) -> {
          append(key, name);
          append(value, name);
        });
    return NameBasedUuid.of(INSTANCES, name.toString()).toString();
  }

  /** With the length, because a value may contain any separator. */
  private static void append(String text, StringBuilder to) {
    to.append(text.length()).append(' ').append(text);
  }
}
