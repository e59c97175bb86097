/**
 * Backends as users run them, in place of a collector that only a test has: the OpenTelemetry
 * Collector, Jaeger and Prometheus, started on loopback, and what they answer at their own
 * interfaces.
 */
@NullMarked
package io.netspan.it.backend;

import org.jspecify.annotations.NullMarked;
