/**
 * OTLP over gRPC-Java and over HTTP, behind the SDK's public interfaces for senders. Its own sender
 * for gRPC-Java is not published in the version of the exporters that use it; its sender over the
 * JDK's client neither honors {@code Retry-After} nor accepts every host name, and no sender of the
 * SDK reads {@code partial_success}.
 */
@NullMarked
package io.netspan.receiver.export;

import org.jspecify.annotations.NullMarked;
