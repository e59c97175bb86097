package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Resources of metrics by their {@code service.instance.id}, which is unique to each. The SDK
 * has one Resource, that of the agent. So points carry the attributes that distinguish Resources,
 * which views and all readers see, and exporters send each point under the Resource that its {@link
 * #INSTANCE_ID} refers to.
 *
 * <p>Bounded: of more than {@value #MOST} Resources, the one that was not used for the longest time
 * is forgotten. That is twice the number of services that can be known at a time. May be used by
 * any thread.
 */
public final class MetricResources {
  /** The attribute of points and of Resources. */
  public static final AttributeKey<String> INSTANCE_ID =
      AttributeKey.stringKey("service.instance.id");

  /** The attributes of points that stand for their Resource. */
  public static final List<String> KEYS =
      List.of(INSTANCE_ID.getKey(), "service.name", "service.namespace");

  static final int MOST = 8192;

  private final Map<String, Resource> byInstanceId =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Resource> eldest) {
          return size() > MOST;
        }
      };

  /** Adds a Resource that has an {@link #INSTANCE_ID}. */
  synchronized void add(Resource resource) {
    String id = resource.getAttribute(INSTANCE_ID);
    if (id == null) {
      throw new IllegalArgumentException("no " + INSTANCE_ID + " in " + resource);
    }
    byInstanceId.putIfAbsent(id, resource);
  }

  /** The Resource with this id; null if there is none. */
  public synchronized @Nullable Resource of(String instanceId) {
    return byInstanceId.get(instanceId);
  }
}
