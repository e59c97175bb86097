package io.netspan.receiver.bench;

import io.netspan.receiver.otlp.TraceRequest;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Scope;
import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a span costs the thread that exports: our encoder, and the SDK's as its peer. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
@OperationsPerInvocation(EncodingBenchmark.BATCH)
public class EncodingBenchmark {
  static final int BATCH = 2_048;

  private final List<NetworkSpan> batch = new ArrayList<>();
  private final TraceRequest request = new TraceRequest(Scope.NETSPAN);
  private final ByteArrayOutputStream bySdk = new ByteArrayOutputStream(4 << 20);

  @Setup
  public void makeSpans() {
    Pipeline pipeline =
        Pipeline.withSpans(
            span -> {
              if (batch.size() < BATCH) {
                batch.add(span);
              }
            });
    EventTape tape = new EventTape();
    while (batch.size() < BATCH) {
      tape.playTo(pipeline.decoder);
    }
  }

  @Benchmark
  public byte[] encode() {
    return request.encode(batch);
  }

  @Benchmark
  public int encodeBySdk() throws IOException {
    // Made anew for each export, as for spans that were not exported before.
    batch.forEach(NetworkSpan::forgetAttributes);
    bySdk.reset();
    TraceRequestMarshaler.create(new ArrayList<SpanData>(batch)).writeBinaryTo(bySdk);
    return bySdk.size();
  }
}
