package io.netspan.receiver.workload;

import io.netspan.enrich.ServiceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers for service names, so that the hot path compares integers. Bounded: past {@value #MOST}
 * names, new ones share the number {@link #OVERFLOW}, whose name is {@value #OVERFLOW_NAME}. Any
 * thread.
 */
public final class ServiceNames {
  static final int MOST = 4096;
  static final int OVERFLOW = 0;
  static final String OVERFLOW_NAME = "otel.overflow";

  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> names = new ArrayList<>(List.of(OVERFLOW_NAME));

  synchronized int intern(ServiceName service) {
    Integer known = numbers.get(service.name());
    if (known != null) {
      return known;
    }
    if (names.size() >= MOST) {
      return OVERFLOW;
    }
    names.add(service.name());
    numbers.put(service.name(), names.size() - 1);
    return names.size() - 1;
  }

  /**
   * The name of a number.
   *
   * @throws IndexOutOfBoundsException if the number was never given out
   */
  public synchronized String name(int number) {
    return names.get(number);
  }
}
