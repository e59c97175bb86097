package io.netspan.receiver.udp;

import io.netspan.receiver.tcp.ConnectionIdentity;
import io.netspan.receiver.tcp.Cut;
import org.jspecify.annotations.Nullable;

/**
 * Where the current slice of a flow began, and where it will end. A flow has this only if it was
 * open at a cut. Belongs to the thread that has the turn, like its flow.
 */
public final class SlicedFlow {
  private final Flow flow;
  private @Nullable Cut from;
  private FlowTotals before = FlowTotals.ZERO;
  private @Nullable Cut to;
  private FlowTotals until = FlowTotals.ZERO;
  private boolean used;

  SlicedFlow(Flow flow) {
    this.flow = flow;
  }

  /** Where the slice begins; null if with the flow. */
  public @Nullable Cut from() {
    return from;
  }

  /** Where the slice ends; null if the flow was not cut since {@link #from}. */
  public @Nullable Cut to() {
    return to;
  }

  /** The counters where the slice ends: at {@link #to}, or as they are now. */
  public FlowTotals until() {
    return to == null ? FlowTotals.of(flow) : until;
  }

  /** What was counted in the slice. */
  public FlowTotals counted() {
    return until().since(before);
  }

  /** Whether the slice that ends at {@link #to} is reported. */
  public boolean used() {
    return used;
  }

  /** The number from which the slice's ids are derived. */
  public long number() {
    return from == null ? flow.id() : ConnectionIdentity.slice(flow.id(), from.interval());
  }

  /** Whether there were datagrams since {@link #from}. */
  public boolean isUsed() {
    return flow.counts().datagramsSent() != before.datagramsSent()
        || flow.counts().datagramsReceived() != before.datagramsReceived();
  }

  /** Ends the slice here, unless the flow ends soon. */
  public void cut(Cut here, boolean isUsed) {
    to = here;
    used = isUsed;
    until = isUsed ? FlowTotals.of(flow) : before;
  }

  /** Begins the next slice where this one ended. */
  public void next() {
    from = to;
    before = until;
    to = null;
  }

  /** Takes the cut back: the slice goes on. */
  public void uncut() {
    to = null;
  }
}
