package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.function.IntFunction;

/**
 * The details of the series of sockets: the role of our end and the port of the server, both in one
 * number, so that a look-up allocates nothing.
 *
 * @param transport the transport of all of the series
 * @param role the name of a role by its number
 */
public record SocketDetails(String transport, IntFunction<String> role)
    implements SeriesTable.Details {
  /** Used instead of a port if neither end is known to be the server. */
  public static final int NO_PORT = -1;

  static final AttributeKey<String> ROLE = stringKey("netspan.role");
  static final AttributeKey<String> IO_DIRECTION = stringKey("network.io.direction");
  static final String TRANSMIT = "transmit";
  static final String RECEIVE = "receive";

  /** One bit more than a port has, since {@link #NO_PORT} is encoded as 0. */
  private static final int PORT_BITS = 17;

  /** The number for a role and a port. */
  public static int of(int role, int port) {
    return role << PORT_BITS | port + 1;
  }

  @Override
  public void put(int detail, AttributesBuilder to) {
    to.put(ROLE, role.apply(detail >>> PORT_BITS));
    to.put(SpanAttributes.NETWORK_TRANSPORT.key(), transport);
    int port = (detail & (1 << PORT_BITS) - 1) - 1;
    if (port != NO_PORT) {
      to.put(SpanAttributes.SERVER_PORT.key(), (long) port);
    }
  }
}
