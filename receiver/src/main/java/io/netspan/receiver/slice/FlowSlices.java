package io.netspan.receiver.slice;

import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.udp.SlicedFlow;
import java.util.Collection;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Cuts UDP flows that go on at the same moments as {@link Slices} cuts connections. The pass that
 * begins then brings the counters, and the one after the hold reports the slices in which there
 * were datagrams. A flow that ends in between is not cut there: its last span includes the slice.
 *
 * <p>Of two flows that are the ends of one exchange, either both are cut or none, and both slices
 * are reported or none.
 *
 * <p>Belongs to the thread that has the turn.
 */
public final class FlowSlices implements FlowListener {
  private static final long NO_PASS = Long.MIN_VALUE;

  private final FlowSliceListener listener;
  private final long lengthNs;
  private final LongSupplier epochOffset;

  /** The cut whose slices wait to be reported. */
  private @Nullable Cut latest;

  private long interval = NO_PASS;
  private long passedNs;

  /**
   * @param lengthNs the length of an interval in nanoseconds
   * @param epochOffset what to add to CLOCK_BOOTTIME for nanoseconds since the epoch
   */
  public FlowSlices(FlowSliceListener listener, long lengthNs, LongSupplier epochOffset) {
    this.listener = listener;
    this.lengthNs = lengthNs;
    this.epochOffset = epochOffset;
  }

  @Override
  public void counted(Flow flow) {
    listener.counted(flow);
  }

  @Override
  public void ended(Flow flow) {
    uncut(flow);
    Flow other = flow.other();
    if (other != null) {
      uncut(other);
    }
    listener.ended(flow);
  }

  private static void uncut(Flow flow) {
    SlicedFlow sliced = flow.sliced();
    if (sliced != null) {
      sliced.uncut();
    }
  }

  @Override
  public void passed(long nowNs, Collection<Flow> open) {
    passedNs = nowNs;
    long offset = epochOffset.getAsLong();
    long now = Math.floorDiv(nowNs + offset, lengthNs);
    boolean crossed = now > interval && interval != NO_PASS;
    interval = now; // The wall clock may have been set back.
    if (crossed) {
      Cut cut = new Cut(now * lengthNs - offset, now * lengthNs, now);
      latest = cut;
      open.forEach(flow -> consider(flow, cut));
    } else if (latest != null && nowNs >= latest.ns() + Slices.HOLD_NS) {
      report(open, latest, /* anyway= */ nowNs > latest.ns() + Slices.AT_MOST_NS);
    }
    listener.passed(nowNs, open);
  }

  private static void consider(Flow flow, Cut cut) {
    Flow other = flow.other();
    if (flow.isLeftOut()
        || isCut(flow, cut)
        || !isCuttable(flow, cut)
        || (other != null && !isCuttable(other, cut))) {
      return;
    }
    boolean used = settleEarlier(flow).isUsed();
    used |= other != null && settleEarlier(other).isUsed();
    flow.toBeSliced().cut(cut, used);
    if (other != null) {
      other.toBeSliced().cut(cut, used);
    }
  }

  private static boolean isCut(Flow flow, Cut cut) {
    SlicedFlow sliced = flow.sliced();
    return sliced != null && cut.equals(sliced.to());
  }

  private static boolean isCuttable(Flow flow, Cut cut) {
    SlicedFlow sliced = flow.sliced();
    Cut from = sliced == null ? null : sliced.from();
    return from == null
        ? flow.firstNs() <= cut.ns() - Slices.YOUNGEST_NS
        // If the wall clock was set back, the interval may have been reported before.
        : from.ns() < cut.ns() && from.interval() < cut.interval();
  }

  /** Decides about the cut before, if its slice could not be reported until now. */
  private static SlicedFlow settleEarlier(Flow flow) {
    SlicedFlow sliced = flow.toBeSliced();
    if (sliced.to() != null && !sliced.used()) {
      sliced.next();
    } else {
      sliced.uncut();
    }
    return sliced;
  }

  private void report(Collection<Flow> open, Cut cut, boolean anyway) {
    for (Flow flow : open) {
      if (isCut(flow, cut)) {
        if (!anyway && !listener.hasRoom()) {
          return; // The next pass goes on.
        }
        report(flow);
        Flow other = flow.other();
        if (other != null && isCut(other, cut)) {
          report(other);
        }
      }
    }
    latest = null;
  }

  private void report(Flow flow) {
    SlicedFlow sliced = flow.toBeSliced();
    if (sliced.used()) {
      listener.sliceEnded(flow);
    }
    sliced.next();
  }

  @Override
  public long passDueNs() {
    if (interval == NO_PASS) {
      return Long.MAX_VALUE;
    }
    long cutNs = (interval + 1) * lengthNs - epochOffset.getAsLong();
    long heldNs = latest == null ? Long.MAX_VALUE : latest.ns() + Slices.HOLD_NS;
    return heldNs > passedNs ? Math.min(cutNs, heldNs) : cutNs;
  }
}
