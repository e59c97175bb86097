package io.netspan.receiver.otlp;

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
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Found by the exporters through {@link java.util.ServiceLoader}. */
public final class GrpcJavaSenderProvider implements GrpcSenderProvider {
  /** What the OTLP specification calls retryable. */
  private static final List<String> RETRYABLE =
      List.of(
          "CANCELLED",
          "DEADLINE_EXCEEDED",
          "RESOURCE_EXHAUSTED",
          "ABORTED",
          "OUT_OF_RANGE",
          "UNAVAILABLE",
          "DATA_LOSS");

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    return new GrpcJavaSender(channel(config), config);
  }

  private static ManagedChannel channel(GrpcSenderConfig config) {
    URI endpoint = config.getEndpoint();
    boolean plain = "http".equals(endpoint.getScheme());
    int port = endpoint.getPort() >= 0 ? endpoint.getPort() : plain ? 80 : 443;
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress(endpoint.getHost(), port);
    if (plain) {
      builder.usePlaintext();
    } else {
      encrypt(builder, config.getSslContext());
    }
    RetryPolicy retry = config.getRetryPolicy();
    if (retry != null) {
      builder.enableRetry().defaultServiceConfig(serviceConfig(retry));
    }
    return builder.build();
  }

  /**
   * The SSLContext carries the trusted certificates and the client's key, if they are configured;
   * without it, the defaults of the JDK.
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

  /** The form of gRPC's service config, which takes numbers as doubles only. */
  private static Map<String, ?> serviceConfig(RetryPolicy retry) {
    return Map.of(
        "methodConfig",
        List.of(
            Map.of(
                "name",
                List.of(Map.of()),
                "retryPolicy",
                Map.of(
                    "maxAttempts",
                    (double) retry.getMaxAttempts(),
                    "initialBackoff",
                    seconds(retry.getInitialBackoff()),
                    "maxBackoff",
                    seconds(retry.getMaxBackoff()),
                    "backoffMultiplier",
                    retry.getBackoffMultiplier(),
                    "retryableStatusCodes",
                    RETRYABLE))));
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() / 1e3 + "s";
  }
}
