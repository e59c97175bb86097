package io.netspan.receiver.export;

import io.netspan.receiver.telemetry.ConnectionSampler;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.List;

/**
 * An SDK and what spans of sockets need of it, whichever way it was configured.
 *
 * @param batchers one for each exporter of spans
 * @param points what becomes of data points, by exporter of metrics
 * @param resource of the agent itself
 */
record BuiltSdk(
    OpenTelemetrySdk sdk,
    List<SpanBatcher> batchers,
    List<ExportCounts> spans,
    List<ExportCounts> points,
    Attributes resource,
    ConnectionSampler sampler,
    SpanLimits limits) {

  BuiltSdk {
    batchers = List.copyOf(batchers);
    BatchMetrics.register(sdk, batchers);
  }
}
