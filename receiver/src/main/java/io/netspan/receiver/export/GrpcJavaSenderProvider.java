package io.netspan.receiver.export;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.netspan.config.BackendUrl;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Found by the exporters through {@link java.util.ServiceLoader}. */
public final class GrpcJavaSenderProvider implements GrpcSenderProvider {
  private static final long LOOP_ENDS_WITHIN_MS = 1_000;

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    URI endpoint = config.getEndpoint();
    Path socket = BackendUrl.socket(endpoint).orElse(null);
    if (socket != null) {
      return overSocket(socket, config);
    }
    int port = endpoint.getPort();
    String backend =
        endpoint.getScheme() + "://" + BackendUrl.host(endpoint) + (port < 0 ? "" : ":" + port);
    return new GrpcJavaSender(channel(config), backend, config, () -> {});
  }

  /**
   * Over a unix domain socket, by the JDK's channels: Netty's own ones for such sockets need native
   * code, and an event loop of epoll cannot have the JDK's.
   */
  private static GrpcSender overSocket(Path socket, GrpcSenderConfig config) {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("netspan-grpc-unix", /* daemon= */ true),
            NioIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            // Not channelType(), whose channels the builder would ask for options of TCP.
            .channelFactory(NioDomainSocketChannel::new, UnixDomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .disableServiceConfigLookUp()
            .build();
    return new GrpcJavaSender(
        channel,
        "unix://" + socket,
        config,
        () -> {
          Future<?> _ = loop.shutdownGracefully(0, LOOP_ENDS_WITHIN_MS, TimeUnit.MILLISECONDS);
        });
  }

  private static ManagedChannel channel(GrpcSenderConfig config) {
    URI endpoint = config.getEndpoint();
    boolean plain = "http".equals(endpoint.getScheme());
    int port = endpoint.getPort() >= 0 ? endpoint.getPort() : plain ? 80 : 443;
    NettyChannelBuilder builder = builder(endpoint, port, plain);
    if (plain) {
      builder.usePlaintext();
    } else {
      encrypt(builder, config.getSslContext());
    }
    // Deliveries decides what is retried and when, not gRPC or a service config from DNS.
    return builder.disableServiceConfigLookUp().build();
  }

  private static NettyChannelBuilder builder(URI endpoint, int port, boolean plain) {
    String host = BackendUrl.host(endpoint);
    return host.equals(endpoint.getHost())
        ? NettyChannelBuilder.forAddress(host, port)
        : NettyChannelBuilder.forTarget(AnyHostResolver.target(endpoint.getHost(), port, plain));
  }

  /**
   * Configures TLS. The SSLContext has the trusted certificates and the client's key, if they are
   * configured; without one, the defaults of the JDK apply.
   */
  private static void encrypt(NettyChannelBuilder builder, @Nullable SSLContext configured) {
    try {
      builder.sslContext(
          configured == null
              ? GrpcSslContexts.forClient().build()
              : new JdkSslContext(
                  configured,
                  /* isClient= */ true,
                  /* ciphers= */ null,
                  IdentityCipherSuiteFilter.INSTANCE,
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      "h2"),
                  ClientAuth.NONE,
                  /* protocols= */ null,
                  /* startTls= */ false));
    } catch (SSLException e) {
      throw new IllegalStateException("TLS for OTLP/gRPC cannot be set up: " + e.getMessage(), e);
    }
  }
}
