package io.netspan.receiver.export;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.Drainable;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends one kind of export requests over a channel that it owns. May be used by any thread. */
final class GrpcJavaSender implements GrpcSender {
  /**
   * The status codes that the OTLP specification calls retryable. RESOURCE_EXHAUSTED is retryable
   * only with a RetryInfo; otherwise it is about the request, which would be as large the next
   * time.
   */
  private static final Set<Status.Code> RETRYABLE =
      EnumSet.of(
          Status.Code.CANCELLED,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.ABORTED,
          Status.Code.OUT_OF_RANGE,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS);

  private static final Duration RECONNECT_WITHIN = Duration.ofMillis(500);
  private static final Duration CHANNEL_ENDS_WITHIN = Duration.ofSeconds(1);

  private final ManagedChannel channel;
  private final MethodDescriptor<byte[], byte[]> method;
  private final CallOptions options;
  private final Supplier<Map<String, List<String>>> headers;
  private final Deliveries<GrpcResponse> deliveries;
  private final Runnable onShutdown;

  /**
   * Creates a sender.
   *
   * @param backend the backend's name in a log line
   * @param onShutdown called when the channel has ended
   */
  GrpcJavaSender(
      ManagedChannel channel, String backend, GrpcSenderConfig config, Runnable onShutdown) {
    this.onShutdown = onShutdown;
    this.channel = channel;
    this.method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(config.getFullMethodName())
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    Compressor compressor = config.getCompressor();
    this.options =
        compressor == null
            ? CallOptions.DEFAULT
            : CallOptions.DEFAULT.withCompression(compressor.getEncoding());
    this.headers = config.getHeadersSupplier();
    this.deliveries =
        new Deliveries<>(
            DeliverySettings.current(),
            backend,
            config.getTimeout(),
            config.getRetryPolicy(),
            this::attempt);
  }

  @Override
  public void send(
      MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
    Receipt receipt = Receipt.current();
    byte[] body;
    try {
      // gRPC compresses the message.
      body = RequestBody.of(message, /* compressor= */ null);
    } catch (IOException e) {
      onError.accept(e);
      return;
    }
    deliveries.start(
        new WaitingRequest<>(
            body,
            /* packable= */ true,
            receipt,
            response -> {
              if (response.getStatusCode() == GrpcStatusCode.OK) {
                receipt.fill(PartialSuccess.of(response.getResponseMessage()));
              }
              onResponse.accept(response);
            },
            onError));
  }

  private Outcome<GrpcResponse> attempt(byte[] body, Duration within) throws InterruptedException {
    reconnect();
    ClientCall<byte[], byte[]> call =
        channel.newCall(method, options.withDeadlineAfter(within.toNanos(), TimeUnit.NANOSECONDS));
    Answer answer = new Answer();
    call.start(answer, metadata());
    call.request(1);
    call.sendMessage(body);
    call.halfClose();
    try {
      return answer.outcome.get();
    } catch (InterruptedException e) {
      call.cancel("stopped", e);
      throw e;
    } catch (ExecutionException e) {
      return Outcome.failed(e, false);
    }
  }

  /**
   * Connects at once if the last attempt to connect failed. By itself the channel would try again
   * after up to two minutes, and fail all calls until then.
   */
  private void reconnect() throws InterruptedException {
    if (channel.getState(false) != ConnectivityState.TRANSIENT_FAILURE) {
      return;
    }
    CountDownLatch connected = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.TRANSIENT_FAILURE, connected::countDown);
    channel.resetConnectBackoff();
    // The state stays TRANSIENT_FAILURE while the channel connects, and if it fails again.
    boolean _ = connected.await(RECONNECT_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Metadata metadata() {
    Metadata metadata = new Metadata();
    Map<String, List<String>> configured = headers.get();
    if (configured != null) {
      configured.forEach(
          (name, values) -> {
            Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
            values.forEach(value -> metadata.put(key, value));
          });
    }
    return metadata;
  }

  @Override
  public CompletableResultCode shutdown() {
    return deliveries.shutdown(this::endChannel);
  }

  private void endChannel() {
    channel.shutdown();
    try {
      if (!channel.awaitTermination(CHANNEL_ENDS_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
        channel.shutdownNow();
      }
    } catch (InterruptedException e) {
      channel.shutdownNow();
    }
    onShutdown.run();
  }

  /** Completes when the call ends. Any status is an answer; only a call without one is an error. */
  private static final class Answer extends ClientCall.Listener<byte[]> {
    final CompletableFuture<Outcome<GrpcResponse>> outcome = new CompletableFuture<>();
    private byte[] body = {};

    @Override
    public void onMessage(byte[] message) {
      body = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Throwable cause = status.getCause();
      if (status.getCode() == Status.Code.UNKNOWN && cause != null) {
        outcome.complete(Outcome.failed(cause, false));
        return;
      }
      String description = status.getDescription();
      Optional<Duration> wait = RetryDelay.of(trailers);
      Response response =
          new Response(
              GrpcStatusCode.fromValue(status.getCode().value()),
              description == null ? reason(cause) : description + because(cause),
              body);
      if (status.isOk()) {
        outcome.complete(Outcome.accepted(response));
        return;
      }
      boolean again =
          RETRYABLE.contains(status.getCode())
              || (status.getCode() == Status.Code.RESOURCE_EXHAUSTED && wait.isPresent());
      outcome.complete(
          Outcome.refused(
              response,
              status.getCode() + " " + response.getStatusDescription(),
              again && !RetryDelay.isForbidden(trailers),
              again ? wait : Optional.empty()));
    }

    private static String because(@Nullable Throwable cause) {
      return cause == null ? "" : " (" + reason(cause) + ")";
    }

    private static String reason(@Nullable Throwable cause) {
      return cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // The interface hands out the bytes of the answer.
  private record Response(
      GrpcStatusCode getStatusCode, String getStatusDescription, byte[] getResponseMessage)
      implements GrpcResponse {}

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new Message(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A request that is written in one piece; gRPC copies other streams through a small array. */
  private static final class Message extends ByteArrayInputStream implements Drainable {
    Message(byte[] content) {
      super(content);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int length = count - pos;
      target.write(buf, pos, length);
      pos = count;
      return length;
    }
  }
}
