package io.netspan.it;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * What an agent sends to a backend if its machine is only one network namespace: the spans of
 * connections elsewhere are left out on their way.
 */
final class HostsSpans implements AutoCloseable {
  private static final String NAMESPACE = "netspan.netns";
  private static final int STOP_SECONDS = 10;

  private final NetworkNamespace host;
  private final ManagedChannel channel;
  private final Server server;

  /**
   * @param backend the port of loopback where it takes OTLP over gRPC
   */
  HostsSpans(NetworkNamespace host, int backend) throws IOException {
    this.host = host;
    channel = NettyChannelBuilder.forAddress("127.0.0.1", backend).usePlaintext().build();
    server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()))
            .addService(new Traces())
            .build()
            .start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getPort();
  }

  private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {
    private final long namespace = host.inode();

    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> response) {
      TraceServiceGrpc.TraceServiceBlockingStub backend = TraceServiceGrpc.newBlockingStub(channel);
      response.onNext(backend.export(ofHost(request)));
      response.onCompleted();
    }

    private ExportTraceServiceRequest ofHost(ExportTraceServiceRequest request) {
      ExportTraceServiceRequest.Builder rest = ExportTraceServiceRequest.newBuilder();
      for (ResourceSpans resource : request.getResourceSpansList()) {
        ResourceSpans.Builder spans = resource.toBuilder().clearScopeSpans();
        resource.getScopeSpansList().forEach(scope -> spans.addScopeSpans(ofHost(scope)));
        rest.addResourceSpans(spans);
      }
      return rest.build();
    }

    private ScopeSpans ofHost(ScopeSpans scope) {
      return scope.toBuilder()
          .clearSpans()
          .addAllSpans(scope.getSpansList().stream().filter(this::isOfHost).toList())
          .build();
    }

    private boolean isOfHost(Span span) {
      return span.getAttributesList().stream()
          .anyMatch(
              one -> one.getKey().equals(NAMESPACE) && one.getValue().getIntValue() == namespace);
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    channel.shutdownNow();
    try {
      server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      channel.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
