/**
 * Connections and flows as OpenTelemetry data: spans, metrics, and the interfaces to their
 * exporters.
 */
@NullMarked
package io.netspan.receiver.telemetry;

import org.jspecify.annotations.NullMarked;
