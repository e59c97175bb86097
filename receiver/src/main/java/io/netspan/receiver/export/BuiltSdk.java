package io.netspan.receiver.export;

import io.netspan.config.MetricAttribute;
import io.netspan.receiver.telemetry.ConnectionSampler;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.List;

/**
 * An SDK and the parts of it that spans of sockets need, whichever way it was configured.
 *
 * @param batchers one for each exporter of spans
 * @param points the counts of data points, one for each exporter of metrics
 * @param resource the Resource of the agent itself
 * @param optedIn attributes of metrics that views ask for
 */
record BuiltSdk(
    OpenTelemetrySdk sdk,
    List<SpanBatcher> batchers,
    List<ExportCounts> spans,
    List<ExportCounts> points,
    boolean pulled,
    Attributes resource,
    ConnectionSampler sampler,
    SpanLimits limits,
    List<MetricAttribute> optedIn) {

  BuiltSdk {
    batchers = List.copyOf(batchers);
    BatchMetrics.register(sdk, batchers);
  }
}
