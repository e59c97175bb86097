package io.netspan.receiver.export;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.netspan.config.BackendUrl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks DNS for a host name that gRPC's own resolver does not accept. The target has the stand-in
 * for the name, see {@link BackendUrl}.
 */
final class AnyHostResolver extends NameResolver {
  private static final String SCHEME = "netspan";
  private static final String ENCRYPTED = "encrypted";
  private static final long AGAIN_AFTER_S = 1;

  static {
    NameResolverRegistry.getDefaultRegistry().register(new Provider());
  }

  private final String host;
  private final int port;
  private final String authority;
  private final Args args;
  private @Nullable Listener2 listener;
  private boolean asking;
  private volatile boolean ended;

  private AnyHostResolver(String standIn, int port, boolean encrypted, Args args) {
    URI backend = URI.create("http://" + standIn + ":" + port);
    this.host = BackendUrl.host(backend);
    this.port = port;
    // For TLS the authority is the name that the certificate must have.
    this.authority = encrypted ? host : host + ":" + port;
    this.args = args;
  }

  static String target(String standIn, int port, boolean plain) {
    return SCHEME + ":///" + standIn + ":" + port + (plain ? "" : "/" + ENCRYPTED);
  }

  @Override
  public String getServiceAuthority() {
    return authority;
  }

  // The channel calls all of these in its synchronization context.

  @Override
  public void start(Listener2 given) {
    listener = given;
    ask();
  }

  @Override
  public void refresh() {
    ask();
  }

  @Override
  public void shutdown() {
    ended = true;
  }

  private void ask() {
    if (asking || ended) {
      return;
    }
    asking = true;
    Thread.ofVirtual().name("netspan-dns").start(() -> report(resolve()));
  }

  private StatusOr<List<EquivalentAddressGroup>> resolve() {
    try {
      List<EquivalentAddressGroup> found = new ArrayList<>();
      for (InetAddress address : InetAddress.getAllByName(host)) {
        found.add(new EquivalentAddressGroup(new InetSocketAddress(address, port)));
      }
      return StatusOr.fromValue(found);
    } catch (UnknownHostException e) {
      return StatusOr.fromStatus(
          Status.UNAVAILABLE.withDescription("Unable to resolve host " + host).withCause(e));
    }
  }

  private void report(StatusOr<List<EquivalentAddressGroup>> found) {
    args.getSynchronizationContext()
        .execute(
            () -> {
              asking = false;
              Listener2 current = listener;
              if (ended || current == null) {
                return;
              }
              current.onResult2(ResolutionResult.newBuilder().setAddressesOrError(found).build());
              if (!found.hasValue()) {
                ScheduledExecutorService timer = args.getScheduledExecutorService();
                args.getSynchronizationContext()
                    .schedule(this::ask, AGAIN_AFTER_S, TimeUnit.SECONDS, timer);
              }
            });
  }

  private static final class Provider extends NameResolverProvider {
    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 0;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
      return Set.of(InetSocketAddress.class);
    }

    @Override
    public @Nullable NameResolver newNameResolver(URI target, Args args) {
      if (!SCHEME.equals(target.getScheme().toLowerCase(Locale.ROOT))) {
        return null;
      }
      String[] parts = target.getPath().substring(1).split("/", -1);
      int colon = parts[0].lastIndexOf(':');
      return new AnyHostResolver(
          parts[0].substring(0, colon),
          Integer.parseInt(parts[0].substring(colon + 1)),
          parts.length > 1 && parts[1].equals(ENCRYPTED),
          args);
    }
  }
}
