package io.netspan.receiver.workload;

import io.netspan.enrich.ServiceName;

/** Service names and their numbers, without processes that have them. */
public final class FakeServices {
  private final ServiceNames names = new ServiceNames();

  public ServiceNames names() {
    return names;
  }

  public int number(ServiceName service) {
    return names.intern(service);
  }
}
