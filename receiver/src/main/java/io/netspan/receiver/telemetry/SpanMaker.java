package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;

/**
 * How a span is made of something that has ended. The questions come first, because most often no
 * span is wanted, and then nothing must be allocated. Called by the thread that has the turn.
 *
 * @param <T> what a span is made of
 */
public interface SpanMaker<T> {
  /** What the trace id is made of, see {@link Ids}. */
  long pair(T of);

  /** The first word of the span's name. */
  String transport();

  /** The port in the span's name, by which a sampler may decide; 0: none. */
  int serverPort(T of);

  SpanKind kind(T of);

  /** CLOCK_BOOTTIME ns of the end. */
  long endNs(T of);

  /** CLOCK_BOOTTIME ns of now, by which printed lines are limited per second. */
  default long nowNs(T of) {
    return endNs(of);
  }

  /**
   * The span, with all that it needs copied.
   *
   * @param epochOffsetNs what to add to CLOCK_BOOTTIME for nanoseconds since the epoch
   * @param sampled whether the span is exported, or would be if anything were
   */
  NetworkSpan make(T of, long epochOffsetNs, boolean sampled, SpanLimits limits);
}
