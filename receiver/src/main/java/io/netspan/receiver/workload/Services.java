package io.netspan.receiver.workload;

import io.netspan.enrich.ServiceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Numbers for services, so that the hot path compares integers. Bounded: beyond {@value #MOST}
 * services, new ones share the number {@link #OVERFLOW}, whose name is {@value #OVERFLOW_NAME}. May
 * be used by any thread.
 */
public final class Services {
  static final int MOST = 4096;
  static final int OVERFLOW = 0;
  static final String OVERFLOW_NAME = "otel.overflow";

  private final Map<Service, Integer> numbers = new HashMap<>();
  private final List<Service> services = new ArrayList<>(List.of(new Service(OVERFLOW_NAME, null)));

  /** What distinguishes services. */
  public record Service(String name, @Nullable String namespace) {}

  synchronized int intern(ServiceName named) {
    Service service = new Service(named.name(), named.namespace());
    Integer known = numbers.get(service);
    if (known != null) {
      return known;
    }
    if (services.size() >= MOST) {
      return OVERFLOW;
    }
    services.add(service);
    numbers.put(service, services.size() - 1);
    return services.size() - 1;
  }

  /**
   * The service with this number.
   *
   * @throws IndexOutOfBoundsException if the number was never given out
   */
  public synchronized Service service(int number) {
    return services.get(number);
  }
}
