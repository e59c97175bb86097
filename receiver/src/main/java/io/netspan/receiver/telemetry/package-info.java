/** Connections as OpenTelemetry data: spans, metrics, and their way to an exporter. */
@NullMarked
package io.netspan.receiver.telemetry;

import org.jspecify.annotations.NullMarked;
