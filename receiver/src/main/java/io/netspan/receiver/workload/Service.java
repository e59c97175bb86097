package io.netspan.receiver.workload;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What metrics are attributed to: everything about a process that does not change from one process
 * of the same workload to the next. {@link Services} makes one object for each, and numbers them so
 * that the hot path compares integers. The number belongs to this service as long as the object is
 * referenced.
 */
public final class Service {
  private final int number;
  private final Key key;
  private final Service named;

  /**
   * What distinguishes services.
   *
   * @param attributes further attributes of the workload's Resource
   */
  public record Key(String name, @Nullable String namespace, Map<String, String> attributes) {
    public Key {
      attributes = Map.copyOf(attributes);
    }

    Key withoutAttributes() {
      return new Key(name, namespace, Map.of());
    }
  }

  /**
   * Called by {@link Services}.
   *
   * @param named the service without attributes; null if this one has none
   */
  Service(int number, Key key, @Nullable Service named) {
    this.number = number;
    this.key = key;
    this.named = named == null ? this : named;
  }

  public int number() {
    return number;
  }

  public String name() {
    return key.name();
  }

  public @Nullable String namespace() {
    return key.namespace();
  }

  public Map<String, String> attributes() {
    return key.attributes();
  }

  /** The service with the same name and namespace, and no attributes. */
  public Service named() {
    return named;
  }
}
