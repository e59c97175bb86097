package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.tcp.ConnectionIdentity;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Decisions that are made without calling the sampler of the SDK are the same as its own. */
final class ConnectionSamplerTest {
  private static final int PAIRS = 100_003;

  static Stream<Arguments> samplers() {
    return Stream.of(0.0, 1e-9, 0.001, 0.1, 0.5, 0.999, 1.0)
        .flatMap(
            ratio ->
                Stream.of(
                    Arguments.of(Sampler.traceIdRatioBased(ratio), ratio),
                    Arguments.of(Sampler.parentBased(Sampler.traceIdRatioBased(ratio)), ratio),
                    Arguments.of(Sampler.alwaysOn(), ratio),
                    Arguments.of(Sampler.parentBased(Sampler.alwaysOff()), ratio)));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void decidesAsTheSdkDoes(Sampler sampler, double ratio) {
    ConnectionSampler decider = ConnectionSampler.of(sampler, ratio);
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < PAIRS; i++) {
      long pair = random.nextLong();
      assertThat(decider.samples(pair, "tcp", 443, SpanKind.CLIENT)).isEqualTo(sdk(sampler, pair));
    }
  }

  private static boolean sdk(Sampler sampler, long pair) {
    return sampler
            .shouldSample(
                Context.root(),
                TraceId.fromLongs(
                    ConnectionIdentity.traceIdHigh(pair), ConnectionIdentity.traceIdLow(pair)),
                "tcp 443",
                SpanKind.CLIENT,
                Attributes.empty(),
                List.of())
            .getDecision()
        == SamplingDecision.RECORD_AND_SAMPLE;
  }

  @Test
  void onlyTheSamplerThatDropsNothingSamplesAll() {
    Sampler always = Sampler.alwaysOn();

    assertThat(ConnectionSampler.of(always, 1).samplesAll()).isTrue();
    assertThat(ConnectionSampler.of(Sampler.parentBased(always), 1).samplesAll()).isTrue();
    assertThat(ConnectionSampler.of(Sampler.alwaysOff(), 1).samplesAll()).isFalse();
    assertThat(ConnectionSampler.of(Sampler.traceIdRatioBased(0.5), 0.5).samplesAll()).isFalse();
  }
}
