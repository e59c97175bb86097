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
 * Decides for both ends of a connection alike, by the trace id: the configured sampler is asked as
 * for a root span, so that a parent-based one decides by its root. The usual samplers are decided
 * here with the same result and nothing allocated.
 */
public final class ConnectionSampler {
  private final Sampler sampler;

  /**
   * What the absolute value of the trace id's lower half must stay below; 0: none, the largest:
   * all, negative: ask the sampler.
   */
  private final long bound;

  private ConnectionSampler(Sampler sampler, long bound) {
    this.sampler = sampler;
    this.bound = bound;
  }

  /**
   * As configured.
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
