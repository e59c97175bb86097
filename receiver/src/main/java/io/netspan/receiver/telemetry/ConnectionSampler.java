package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.ConnectionIdentity;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.util.List;

/**
 * Decides the same for both ends of a connection, by the trace id. The configured sampler is asked
 * as for a root span, so that a parent-based one uses its root sampler. For the usual samplers the
 * decision is made here, with the same result and without allocation.
 */
public final class ConnectionSampler {
  private final Sampler sampler;

  /**
   * The bound below which the absolute value of the trace id's lower half must stay; 0: sample
   * none, {@code Long.MAX_VALUE}: sample all, negative: ask the sampler.
   */
  private final long bound;

  private ConnectionSampler(Sampler sampler, long bound) {
    this.sampler = sampler;
    this.bound = bound;
  }

  /**
   * Creates a sampler as configured.
   *
   * @param ratio the configured ratio, if the sampler has one
   */
  public static ConnectionSampler of(Sampler sampler, double ratio) {
    if (is(sampler, Sampler.alwaysOn())) {
      return new ConnectionSampler(sampler, Long.MAX_VALUE);
    }
    if (is(sampler, Sampler.alwaysOff())) {
      return new ConnectionSampler(sampler, 0);
    }
    // The bound is that of the SDK's TraceIdRatioBasedSampler.
    return ratio > 0 && ratio < 1 && is(sampler, Sampler.traceIdRatioBased(ratio))
        ? new ConnectionSampler(sampler, (long) (ratio * Long.MAX_VALUE))
        : new ConnectionSampler(sampler, -1);
  }

  private static boolean is(Sampler configured, Sampler known) {
    return configured.equals(known) || configured.equals(Sampler.parentBased(known));
  }

  /** Whether spans of all connections are exported; false if only the sampler knows. */
  public boolean samplesAll() {
    return bound == Long.MAX_VALUE;
  }

  /**
   * Whether spans of the connection are exported.
   *
   * @param pair the identity pair, see {@link ConnectionIdentity}
   */
  public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
    if (bound == Long.MAX_VALUE || bound == 0) {
      return bound != 0;
    }
    long traceIdLow = ConnectionIdentity.traceIdLow(pair);
    return bound >= 0
        ? Math.abs(traceIdLow) < bound
        : asks(
            ConnectionIdentity.traceIdHigh(pair), traceIdLow, transport + " " + serverPort, kind);
  }

  private boolean asks(long traceIdHigh, long traceIdLow, String name, SpanKind kind) {
    return sampler
            .shouldSample(
                Context.root(),
                TraceId.fromLongs(traceIdHigh, traceIdLow),
                name,
                kind,
                Attributes.empty(),
                List.of())
            .getDecision()
        == SamplingDecision.RECORD_AND_SAMPLE;
  }
}
