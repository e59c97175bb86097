package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.tcp.Paired;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Services;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The Resource of each service's metrics, and the attributes of points that refer to it, see {@link
 * MetricResources}. Belongs to the thread that has the turn.
 */
public final class ServiceResources {
  private static final AttributeKey<String> NAME = stringKey("service.name");
  private static final AttributeKey<String> NAMESPACE = stringKey("service.namespace");
  private static final AttributeKey<String> PEER_NAME = stringKey("service.peer.name");
  private static final AttributeKey<String> PEER_NAMESPACE = stringKey("service.peer.namespace");

  private final Services services;
  private final Attributes host;
  private final String agent;
  private final MetricResources resources;
  private final Map<Integer, Attributes> points = new HashMap<>();

  /**
   * Creates an empty collection.
   *
   * @param host the attributes that all Resources have
   * @param agent identifies this agent among those that may export to the same backend
   */
  ServiceResources(Services services, Attributes host, String agent, MetricResources resources) {
    this.services = services;
    this.host = host;
    this.agent = agent;
    this.resources = resources;
  }

  /** Adds the attributes that distinguish a service from others. */
  void put(int service, AttributesBuilder to) {
    to.putAll(points.computeIfAbsent(service, this::describe));
  }

  /** Adds the name of the service at the other end. */
  void putPeer(int service, AttributesBuilder to) {
    Services.Service peer = services.service(service);
    to.put(PEER_NAME, peer.name());
    if (peer.namespace() != null) {
      to.put(PEER_NAMESPACE, peer.namespace());
    }
  }

  /** The number of the service at the other end of a connection. */
  int peer(Paired of) {
    Workload process = of.workload();
    if (process != null) {
      return process.service();
    }
    PeerName named = of.named();
    return named == null ? SeriesTable.NO_SERVICE : named.service(services);
  }

  private Attributes describe(int number) {
    Services.Service service = services.service(number);
    AttributesBuilder own = Attributes.builder().put(NAME, service.name());
    if (service.namespace() != null) {
      own.put(NAMESPACE, service.namespace());
    }
    AttributesBuilder all = host.toBuilder().putAll(own.build());
    String id = instanceId(all.build());
    resources.add(
        Resource.create(all.put(MetricResources.INSTANCE_ID, id).build(), Resources.SCHEMA_URL));
    return own.put(MetricResources.INSTANCE_ID, id).build();
  }

  /**
   * A name-based UUID of exactly these attributes and the agent, so that neither two different
   * Resources nor the counters of two agents on one machine share one.
   */
  private String instanceId(Attributes attributes) {
    TreeMap<String, Object> sorted = new TreeMap<>(Map.of("agent", agent));
    attributes.forEach((key, value) -> sorted.put(key.getKey(), value));
    return UUID.nameUUIDFromBytes(sorted.toString().getBytes(StandardCharsets.UTF_8)).toString();
  }
}
