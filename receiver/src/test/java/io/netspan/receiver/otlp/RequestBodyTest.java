package io.netspan.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/**
 * A backend refuses, and the SDK does not wait for the end of a request's attempts but takes its
 * marshaler and its list of spans for the next.
 */
final class RequestBodyTest {
  private static final int BATCHES = 40;
  private static final int SPANS = 25;
  private static final RetryPolicy QUICK =
      RetryPolicy.builder()
          .setMaxAttempts(5)
          .setInitialBackoff(Duration.ofMillis(5))
          .setMaxBackoff(Duration.ofMillis(10))
          .build();

  @Test
  void everyAttemptSendsTheBytesOfTheRequest() throws IOException, InterruptedException {
    TraceServer service = new TraceServer();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(service.definition())
            .build()
            .start();
    List<Throwable> thrown = new CopyOnWriteArrayList<>();
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((_, e) -> thrown.add(e));
    Logger grpc = Logger.getLogger("io.grpc");
    Handler logged = new Thrown(thrown);
    grpc.addHandler(logged);
    try {
      service.answer(Collections.nCopies(4 * BATCHES, Status.UNAVAILABLE));
      exportAsTheSdkDoes("http://127.0.0.1:" + server.getPort());
    } finally {
      grpc.removeHandler(logged);
      Thread.setDefaultUncaughtExceptionHandler(before);
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }

    assertThat(thrown).isEmpty();
    assertThat(service.requests()).isGreaterThan(2 * BATCHES);
    Map<String, Integer> batches = new HashMap<>();
    for (TraceServer.Request request : service.received()) {
      List<String> names = new ArrayList<>();
      spanNames(new ProtoFields(request.body()), 0, names);
      assertThat(names).hasSize(SPANS);
      assertThat(names).allMatch(names.getFirst()::equals);
      batches.merge(names.getFirst(), 1, Integer::sum);
    }
    assertThat(batches).hasSize(BATCHES);
  }

  /** One list for all batches, as the batch processor has, which waits for each a moment only. */
  private static void exportAsTheSdkDoes(String endpoint) {
    try (OtlpGrpcSpanExporter exporter =
        OtlpGrpcSpanExporter.builder()
            .setEndpoint(endpoint)
            .setRetryPolicy(QUICK)
            .setMemoryMode(MemoryMode.REUSABLE_DATA)
            .build()) {
      List<SpanData> batch = new ArrayList<>();
      List<CompletableResultCode> results = new ArrayList<>();
      for (int i = 0; i < BATCHES; i++) {
        for (int span = 0; span < SPANS; span++) {
          batch.add(span("batch " + i));
        }
        CompletableResultCode result = exporter.export(batch);
        results.add(result);
        result.join(8, TimeUnit.MILLISECONDS);
        batch.clear();
        if (i % 4 == 3) {
          CompletableResultCode.ofAll(results).join(10, TimeUnit.SECONDS);
        }
      }
      CompletableResultCode.ofAll(results).join(20, TimeUnit.SECONDS);
    }
  }

  private static SpanData span(String name) {
    return TestSpanData.builder()
        .setSpanContext(
            SpanContext.create(
                "0123456789abcdef0123456789abcdef",
                "0123456789abcdef",
                TraceFlags.getSampled(),
                TraceState.getDefault()))
        .setName(name)
        .setKind(SpanKind.CLIENT)
        .setAttributes(Attributes.of(AttributeKey.stringKey("key"), "a value of some length"))
        .setStatus(StatusData.unset())
        .setStartEpochNanos(1)
        .setEndEpochNanos(2)
        .setHasEnded(true)
        .build();
  }

  /** resource_spans 1, scope_spans 2, spans 2, name 5. */
  private static void spanNames(ProtoFields fields, int depth, List<String> names) {
    int[] path = {1, 2, 2, 5};
    while (fields.next()) {
      if (fields.number() == path[depth]) {
        if (depth == path.length - 1) {
          names.add(new String(fields.content(), StandardCharsets.UTF_8));
        } else {
          spanNames(fields.message(), depth + 1, names);
        }
      }
    }
  }

  private static final class Thrown extends Handler {
    private final List<Throwable> to;

    Thrown(List<Throwable> to) {
      this.to = to;
      setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord record) {
      if (record.getThrown() != null) {
        to.add(record.getThrown());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
