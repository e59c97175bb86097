package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;

/** Creates metric Resources with the attributes that a test needs. */
public final class TestResources {
  private TestResources() {}

  public static MetricResources of(Attributes... resources) {
    MetricResources all = new MetricResources();
    for (Attributes one : resources) {
      all.add(Resource.create(one));
    }
    return all;
  }
}
