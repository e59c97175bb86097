package io.netspan.receiver.export;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The trace service of OTLP as a sender sees it: takes the bytes of requests, and answers with the
 * statuses that a test has set.
 */
final class TraceServer {
  private static final String SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService";
  private final Queue<Answer> answers = new ArrayDeque<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private volatile @Nullable Function<byte[], Answer> answerBy;
  private volatile Metadata lastHeaders = new Metadata();

  /** The answer to a request. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answer(Status status, Metadata trailers, byte[] message) {
    static Answer of(Status status) {
      return new Answer(status, new Metadata(), new byte[0]);
    }
  }

  /** A request and the time of its arrival, by {@link System#nanoTime}. */
  @SuppressWarnings("ArrayRecordComponent")
  record Request(byte[] body, long ns) {}

  void answer(List<Status> statuses) {
    statuses.forEach(status -> answer(Answer.of(status)));
  }

  synchronized void answer(Answer answer) {
    answers.add(answer);
  }

  /** Answers each request by what is in it. */
  void answerBy(Function<byte[], Answer> answer) {
    answerBy = answer;
  }

  private synchronized Answer next() {
    Answer next = answers.poll();
    return next == null ? Answer.of(Status.OK) : next;
  }

  int requests() {
    return requests.size();
  }

  List<Request> received() {
    return requests;
  }

  Metadata lastHeaders() {
    return lastHeaders;
  }

  String lastEncoding() {
    String encoding =
        lastHeaders.get(Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER));
    return encoding == null ? "identity" : encoding;
  }

  ServerInterceptor recorder() {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        lastHeaders = headers;
        return next.startCall(call, headers);
      }
    };
  }

  ServerServiceDefinition definition() {
    MethodDescriptor<byte[], byte[]> export =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Export"))
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(export, (call, headers) -> new Export(call))
        .build();
  }

  private final class Export extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private byte[] body = {};

    Export(ServerCall<byte[], byte[]> call) {
      this.call = call;
      call.request(1);
    }

    @Override
    public void onMessage(byte[] message) {
      body = message;
      requests.add(new Request(message, System.nanoTime()));
    }

    @Override
    public void onHalfClose() {
      Function<byte[], Answer> by = answerBy;
      Answer answer = by == null ? next() : by.apply(body);
      if (answer.status().isOk()) {
        call.sendHeaders(new Metadata());
        call.sendMessage(answer.message());
      }
      call.close(answer.status(), answer.trailers());
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
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
