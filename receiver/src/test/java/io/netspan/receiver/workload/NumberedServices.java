package io.netspan.receiver.workload;

import io.netspan.enrich.ServiceName;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.ServiceResources;
import io.opentelemetry.api.common.Attributes;

/** Services and their numbers, without any processes. */
public final class NumberedServices {
  private final Resources resources = new Resources(Attributes.empty());

  public ServiceResources resources() {
    return resources.metrics();
  }

  public int number(ServiceName service) {
    return resources.services().intern(service);
  }
}
