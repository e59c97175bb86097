/**
 * OTLP over gRPC-Java. OpenTelemetry's own sender for it is not published in the version of the
 * exporters that use it, and the last one published fails with them at run time; this one
 * implements the same public interface.
 */
@NullMarked
package io.netspan.receiver.otlp;

import org.jspecify.annotations.NullMarked;
