package io.netspan.receiver.export;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.netspan.config.BackendUrl;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import java.net.URI;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Found by the exporters through {@link java.util.ServiceLoader}. */
public final class GrpcJavaSenderProvider implements GrpcSenderProvider {
  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    URI endpoint = config.getEndpoint();
    int port = endpoint.getPort();
    String backend =
        endpoint.getScheme() + "://" + BackendUrl.host(endpoint) + (port < 0 ? "" : ":" + port);
    return new GrpcJavaSender(channel(config), backend, config);
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
