package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The details of the series of sockets: the role of our end, the port of the server, and the number
 * of the values of opt-in attributes, all in one number, so that a look-up allocates nothing.
 *
 * @param transport the transport of all of the series
 * @param role the name of a role by its number, which is less than 4
 */
public record SocketDetails(String transport, IntFunction<String> role, OptInAttributes optIn)
    implements SeriesTable.Details {
  /** Used instead of a port if neither end is known to be the server. */
  public static final int NO_PORT = -1;

  static final AttributeKey<String> ROLE = stringKey("netspan.role");
  static final AttributeKey<String> IO_DIRECTION = stringKey("network.io.direction");
  static final String TRANSMIT = "transmit";
  static final String RECEIVE = "receive";

  /** One bit more than a port has, since {@link #NO_PORT} is encoded as 0. */
  private static final int PORT_BITS = 17;

  private static final int ROLE_BITS = 2;

  /** Details without opt-in attributes. */
  public SocketDetails(String transport, IntFunction<String> role) {
    this(transport, role, new OptInAttributes(List.of()));
  }

  /** The number for a role and a port. */
  public static int of(int role, int port) {
    return of(role, port, OptInAttributes.NONE);
  }

  /** The number for a role, a port, and the values of opt-in attributes. */
  static int of(int role, int port, int optIn) {
    return (optIn << ROLE_BITS | role) << PORT_BITS | port + 1;
  }

  /** The number of the values of opt-in attributes. */
  static int optIn(int detail) {
    return detail >>> (PORT_BITS + ROLE_BITS);
  }

  @Override
  public void put(int detail, AttributesBuilder to) {
    optIn.used(optIn(detail));
    to.put(ROLE, role.apply(detail >>> PORT_BITS & (1 << ROLE_BITS) - 1));
    to.put(SpanAttributes.NETWORK_TRANSPORT.key(), transport);
    int port = (detail & (1 << PORT_BITS) - 1) - 1;
    if (port != NO_PORT) {
      to.put(SpanAttributes.SERVER_PORT.key(), (long) port);
    }
  }

  @Override
  public void removed(int detail) {
    optIn.unused(optIn(detail));
  }
}
