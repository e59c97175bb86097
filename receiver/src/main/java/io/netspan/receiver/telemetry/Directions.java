package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.Attributes;

/** The attributes of what is counted in both directions. */
record Directions(Attributes transmit, Attributes receive) {
  /** As these attributes, with the direction. */
  static Directions of(Attributes both) {
    return new Directions(
        both.toBuilder().put(SocketDetails.IO_DIRECTION, SocketDetails.TRANSMIT).build(),
        both.toBuilder().put(SocketDetails.IO_DIRECTION, SocketDetails.RECEIVE).build());
  }
}
