package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of something that has ended. The other methods are called first, because most often
 * no span is wanted, and then nothing must be allocated. Called by the thread that has the turn.
 *
 * @param <T> the type of what has ended
 */
public interface SpanMaker<T> {
  /** The number from which the trace id is derived, see {@link Ids}. */
  long pair(T of);

  /** The first word of the span's name. */
  String transport();

  /** The port in the span's name, by which a sampler may decide; 0: none. */
  int serverPort(T of);

  SpanKind kind(T of);

  /** CLOCK_BOOTTIME ns of the end. */
  long endNs(T of);

  /** The current CLOCK_BOOTTIME ns, by which printed lines are limited per second. */
  default long nowNs(T of) {
    return endNs(of);
  }

  /**
   * Makes the span, which copies all that it needs.
   *
   * @param epochOffsetNs what to add to CLOCK_BOOTTIME for nanoseconds since the epoch
   * @param sampled whether the span is exported, or would be if anything were
   */
  NetworkSpan make(T of, long epochOffsetNs, boolean sampled, SpanLimits limits);

  /** The rule by which a span is exported that the sampler leaves out; null if there is none. */
  default @Nullable String keep(T of) {
    return null;
  }

  /** The span is not exported, because of the sampler. */
  default void leftOut(T of, SpanSink sink) {
    sink.countLeftOut();
  }
}
