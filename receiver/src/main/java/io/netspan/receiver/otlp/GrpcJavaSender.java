package io.netspan.receiver.otlp;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
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
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends one kind of export requests over a channel that it owns. Any thread. */
final class GrpcJavaSender implements GrpcSender {
  private static final long SHUTDOWN_WITHIN_MS = 2_000;

  private final ManagedChannel channel;
  private final MethodDescriptor<MessageWriter, byte[]> method;
  private final CallOptions options;
  private final long timeoutNs;
  private final Supplier<Map<String, List<String>>> headers;

  GrpcJavaSender(ManagedChannel channel, GrpcSenderConfig config) {
    this.channel = channel;
    this.method =
        MethodDescriptor.<MessageWriter, byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(config.getFullMethodName())
            .setRequestMarshaller(new RequestMarshaller())
            .setResponseMarshaller(new ResponseMarshaller())
            .build();
    Compressor compressor = config.getCompressor();
    this.options =
        compressor == null
            ? CallOptions.DEFAULT
            : CallOptions.DEFAULT.withCompression(compressor.getEncoding());
    this.timeoutNs = config.getTimeout().toNanos();
    this.headers = config.getHeadersSupplier();
  }

  @Override
  public void send(
      MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
    ClientCall<MessageWriter, byte[]> call =
        channel.newCall(method, options.withDeadlineAfter(timeoutNs, TimeUnit.NANOSECONDS));
    call.start(new Answer(onResponse, onError), metadata());
    call.request(1);
    call.sendMessage(message);
    call.halfClose();
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
    channel.shutdown();
    CompletableResultCode result = new CompletableResultCode();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                if (!channel.awaitTermination(SHUTDOWN_WITHIN_MS, TimeUnit.MILLISECONDS)) {
                  channel.shutdownNow();
                }
              } catch (InterruptedException e) {
                channel.shutdownNow();
              }
              result.succeed();
            });
    return result;
  }

  /** The end of a call: a status is an answer, whatever it says; only what has none is an error. */
  private static final class Answer extends ClientCall.Listener<byte[]> {
    private final Consumer<GrpcResponse> onResponse;
    private final Consumer<Throwable> onError;
    private byte[] body = {};

    Answer(Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
      this.onResponse = onResponse;
      this.onError = onError;
    }

    @Override
    public void onMessage(byte[] message) {
      body = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      Throwable cause = status.getCause();
      if (status.getCode() == Status.Code.UNKNOWN && cause != null) {
        onError.accept(cause);
        return;
      }
      String description = status.getDescription();
      onResponse.accept(
          new Response(
              GrpcStatusCode.fromValue(status.getCode().value()),
              description == null ? reason(cause) : description + because(cause),
              body));
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

  private static final class RequestMarshaller
      implements MethodDescriptor.Marshaller<MessageWriter> {
    @Override
    public InputStream stream(MessageWriter message) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.getContentLength());
      try {
        message.writeMessage(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new ByteArrayInputStream(bytes.toByteArray());
    }

    @Override
    public MessageWriter parse(InputStream stream) {
      throw new UnsupportedOperationException("requests are only sent");
    }
  }

  private static final class ResponseMarshaller implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      throw new UnsupportedOperationException("responses are only received");
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
}
