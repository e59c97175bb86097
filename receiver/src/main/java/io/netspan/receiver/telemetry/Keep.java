package io.netspan.receiver.telemetry;

import io.netspan.config.KeepRule;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.tcp.Sliced;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Workload;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decides which spans that the sampler leaves out are exported all the same. */
public final class Keep {
  static final String FAILED = "failed";
  static final String SLOWER = "slower";
  static final String LONGER = "longer";
  static final String SERVICE = "service";

  private final boolean any;
  private final Set<String> services = new HashSet<>();
  private boolean failed;
  private long slowerNs = Long.MAX_VALUE;
  private long longerNs = Long.MAX_VALUE;

  public Keep(List<KeepRule> rules) {
    any = !rules.isEmpty();
    for (KeepRule rule : rules) {
      switch (rule) {
        case KeepRule.Failed() -> failed = true;
        case KeepRule.Slower(var handshake) -> slowerNs = Math.min(slowerNs, handshake.toNanos());
        case KeepRule.Longer(var life) -> longerNs = Math.min(longerNs, life.toNanos());
        case KeepRule.Service(var name) -> services.add(name);
      }
    }
  }

  /** Whether there is any rule. */
  boolean isAny() {
    return any;
  }

  /**
   * A warning for the user, if there are rules and nothing that they could keep.
   *
   * @param samplesAll whether the sampler drops no span
   */
  public Optional<String> withoutEffect(boolean exportsSpans, boolean samplesAll) {
    if (!any || (exportsSpans && !samplesAll)) {
      return Optional.empty();
    }
    return Optional.of(
        exportsSpans
            ? "--keep has no effect: the sampler drops no spans (OTEL_TRACES_SAMPLER, or sampler in a"
                + " configuration file)"
            : "--keep has no effect: no spans are exported");
  }

  /** The rule that keeps both sides of a connection: the value of netspan.keep; null if none. */
  @Nullable String reason(Connection connection) {
    if (!any) {
      return null;
    }
    String own = side(connection);
    Connection other = connection.paired().other();
    return own != null || other == null ? own : side(other);
  }

  private @Nullable String side(Connection connection) {
    if (failed && connection.error() != ConnectionError.NONE) {
      return FAILED;
    }
    if (connection.handshakeNs() > slowerNs) {
      return SLOWER;
    }
    if (endNs(connection) - connection.openedNs() > longerNs) {
      return LONGER;
    }
    PeerName peer = connection.paired().named();
    return isOf(connection.owner())
            || isOf(connection.paired().workload())
            || (peer != null && services.contains(peer.name()))
        ? SERVICE
        : null;
  }

  /** The end of the connection, or of its slice; if neither has ended, its beginning. */
  private static long endNs(Connection connection) {
    Sliced sliced = connection.sliced();
    Cut to = sliced == null ? null : sliced.to();
    if (connection.closedNs() != 0) {
      return connection.closedNs();
    }
    return to == null ? connection.openedNs() : to.ns();
  }

  /**
   * As {@link #reason(Connection)}.
   *
   * @param anyError whether a call failed, in the flow or in its slice
   * @param endNs the end of the flow or of its slice, CLOCK_BOOTTIME
   */
  @Nullable String reason(Flow flow, boolean anyError, long endNs) {
    if (!any) {
      return null;
    }
    if (failed && anyError) {
      return FAILED;
    }
    if (endNs - flow.firstNs() > longerNs) {
      return LONGER;
    }
    return isOf(flow.owner()) ? SERVICE : null;
  }

  /** Whether a rule about services may keep the connection once more is known about its ends. */
  boolean awaitsNames(Connection connection) {
    Workload peer = connection.paired().workload();
    return !services.isEmpty()
        && (!connection.owner().isSettled() || (peer != null && !peer.isSettled()));
  }

  /** Whether a rule about services keeps the span. */
  boolean isOfService(NetworkSpan span) {
    return isOf(span.owner()) || isOf(span.peerOwner());
  }

  private boolean isOf(@Nullable Workload workload) {
    return workload != null
        && !services.isEmpty()
        && services.contains(workload.identity().service().name());
  }
}
