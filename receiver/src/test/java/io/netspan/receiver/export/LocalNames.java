package io.netspan.receiver.export;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/** Resolves, for tests, host names that DNS allows but {@link java.net.URI} does not accept. */
public final class LocalNames extends InetAddressResolverProvider {
  static final String UNDERSCORE = "otel_collector";
  static final String DIGIT = "otlp.14014-team";

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver system = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        return host.equals(UNDERSCORE) || host.equals(DIGIT)
            ? Stream.of(InetAddress.ofLiteral("127.0.0.1"))
            : system.lookupByName(host, policy);
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return system.lookupByAddress(address);
      }
    };
  }

  @Override
  public String name() {
    return "names for tests";
  }
}
