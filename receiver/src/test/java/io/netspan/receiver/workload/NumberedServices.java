package io.netspan.receiver.workload;

import io.netspan.enrich.ServiceName;
import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SeriesExpiry;
import io.netspan.receiver.telemetry.ServiceResources;
import io.opentelemetry.api.common.Attributes;
import java.util.HashMap;
import java.util.Map;

/** Services and their numbers, without any processes. */
public final class NumberedServices {
  private final Services services = new Services();
  private final Map<String, Service> held = new HashMap<>(); // What is not held is forgotten.
  private final Resources resources;

  public NumberedServices(SeriesExpiry expiry) {
    resources = new Resources(Attributes.empty(), new MetricResources(), expiry);
  }

  public ServiceResources resources() {
    return resources.metrics();
  }

  /** The same object for the same name. */
  public Service of(ServiceName service) {
    return held.computeIfAbsent(
        service.name(),
        name -> services.intern(new Service.Key(name, service.namespace(), Map.of())));
  }
}
