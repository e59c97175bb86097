package io.netspan.enrich.cri;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import cri.containerd.containers.ContainersGrpc;
import cri.containerd.events.EventsGrpc;
import cri.runtime.v1.ImageServiceGrpc;
import cri.runtime.v1.RuntimeServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.stub.MetadataUtils;
import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Future;

/**
 * A channel to a runtime, over the JDK's unix domain sockets: Netty's own need native code. There
 * is a new one for each attempt, because a channel that failed waits for up to two minutes before
 * it connects again.
 */
final class CriCalls implements AutoCloseable {
  private static final int LARGEST_ANSWER = 8 << 20;
  private static final long LOOP_ENDS_WITHIN_MS = 1_000;
  private static final Metadata.Key<String> NAMESPACE =
      Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

  private final Duration within;
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1,
          new DefaultThreadFactory("netspan-cri", /* daemon= */ true),
          NioIoHandler.newFactory());
  private final ManagedChannel channel;

  CriCalls(Path socket, Duration within) {
    this.within = within;
    this.channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            // Not channelType(), whose channels the builder would ask for options of TCP.
            .channelFactory(NioDomainSocketChannel::new, UnixDomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .disableServiceConfigLookUp()
            .maxInboundMessageSize(LARGEST_ANSWER)
            .directExecutor()
            .build();
  }

  RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(within.toNanos(), NANOSECONDS);
  }

  /** For calls without end. */
  RuntimeServiceGrpc.RuntimeServiceBlockingStub runtimeStream() {
    return RuntimeServiceGrpc.newBlockingStub(channel);
  }

  ImageServiceGrpc.ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(within.toNanos(), NANOSECONDS);
  }

  /** For calls without end. */
  EventsGrpc.EventsBlockingStub events() {
    return EventsGrpc.newBlockingStub(channel);
  }

  ContainersGrpc.ContainersBlockingStub containers(String namespace) {
    Metadata header = new Metadata();
    header.put(NAMESPACE, namespace);
    return ContainersGrpc.newBlockingStub(channel)
        .withDeadlineAfter(within.toNanos(), NANOSECONDS)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(header));
  }

  /** What it means that a call failed. */
  static IOException failure(StatusRuntimeException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException refused) {
        return refused;
      }
    }
    return switch (e.getStatus().getCode()) {
      case DEADLINE_EXCEEDED -> new RuntimeFailure(RuntimeProblem.SLOW, e);
      case RESOURCE_EXHAUSTED -> new RuntimeFailure(RuntimeProblem.TOO_LARGE, e);
      case INTERNAL, UNKNOWN -> new RuntimeFailure(RuntimeProblem.MALFORMED, e);
      case UNAVAILABLE, CANCELLED -> new IOException(e.getStatus().toString(), e);
      default -> new RuntimeFailure(RuntimeProblem.REFUSED, e);
    };
  }

  @Override
  public void close() {
    channel.shutdownNow();
    Future<?> _ = loop.shutdownGracefully(0, LOOP_ENDS_WITHIN_MS, MILLISECONDS);
  }
}
