package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The Resources of metrics by their {@code service.instance.id}, which is unique to each. The SDK
 * has one Resource, that of the agent. So points carry the attributes that distinguish Resources,
 * which views and all readers see, and exporters send each point under the Resource that its {@link
 * #INSTANCE_ID} refers to. May be used by any thread.
 */
public final class MetricResources {
  /** The attribute of points and of Resources. */
  public static final AttributeKey<String> INSTANCE_ID =
      AttributeKey.stringKey("service.instance.id");

  private final Map<String, Resource> byInstanceId = new ConcurrentHashMap<>();

  /** Adds a Resource that has an {@link #INSTANCE_ID}. */
  void add(Resource resource) {
    String id = resource.getAttribute(INSTANCE_ID);
    if (id == null) {
      throw new IllegalArgumentException("no " + INSTANCE_ID + " in " + resource);
    }
    byInstanceId.put(id, resource);
  }

  /** The Resource with this id; null if there is none. */
  public @Nullable Resource of(String instanceId) {
    return byInstanceId.get(instanceId);
  }
}
