package io.netspan.receiver.export;

import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Exports each point under the Resource that its {@code service.instance.id} stands for. Points
 * without one, and those whose view has dropped it, stay under the agent's own Resource.
 */
final class ResourceMetricExporter extends DelegatingMetricExporter {
  private final MetricResources resources;

  ResourceMetricExporter(MetricExporter exporter, MetricResources resources) {
    super(exporter);
    this.resources = resources;
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    List<MetricData> all = new ArrayList<>(metrics.size());
    metrics.forEach(metric -> MetricParts.split(metric, resources, all::add));
    return exporter.export(all);
  }
}
