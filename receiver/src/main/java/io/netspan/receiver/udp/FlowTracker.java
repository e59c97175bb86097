package io.netspan.receiver.udp;

import io.netspan.receiver.wire.UdpFlowView;
import io.netspan.receiver.wire.UdpFlows;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.HashSet;
import java.util.Set;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;

/**
 * Follows the flows that the kernel side counts, by reading all of them at each {@link #pass}: what
 * is new, what has moved, what has ended. A flow ends with its socket, or when there was nothing in
 * it for the idle timeout.
 *
 * <p>The agent's own flows are left out, and so is their other end if that is on this machine.
 *
 * <p>Belongs to the thread that has the turn; {@link #tracked} may be called by any.
 */
public final class FlowTracker {
  private static final long NONE = 0;

  private final UdpFlows kernel;
  private final WorkloadTable workloads;
  private final FlowListener listener;
  private final long idleNs;
  private final Long2ObjectHashMap<Flow> flows = new Long2ObjectHashMap<>();
  private final LongHashSet closed = new LongHashSet();
  private final LongHashSet idleSockets = new LongHashSet();
  private final Long2LongHashMap taken = new Long2LongHashMap(NONE);
  private final LongArrayList ended = new LongArrayList();
  private final Set<OwnEnd> ownEnds = new HashSet<>();
  private volatile int tracked; // Written at the end of each pass.

  /** Where a flow of the agent ends, if that is here. */
  private record OwnEnd(int netns, int otherPort, int agentPort) {}

  /**
   * Tracks nothing yet.
   *
   * @param idleNs how long a flow without a datagram is still the same flow
   */
  public FlowTracker(UdpFlows kernel, WorkloadTable workloads, FlowListener listener, long idleNs) {
    this.kernel = kernel;
    this.workloads = workloads;
    this.listener = listener;
    this.idleNs = idleNs;
  }

  /**
   * Reads all flows.
   *
   * @param nowNs CLOCK_BOOTTIME
   * @param announcedNs the processes that were announced before this time are known: flows that
   *     began later wait for the next pass
   */
  public void pass(long nowNs, long announcedNs) {
    closed.clear();
    idleSockets.clear();
    taken.clear();
    kernel.sockets(
        (socket, firstNs, isClosed) -> {
          if (isClosed) {
            closed.add(socket);
          } else if (nowNs - firstNs > idleNs) {
            idleSockets.add(socket);
          }
        });
    kernel.flows(flow -> read(flow, nowNs, announcedNs));
    taken.forEachLong((socket, count) -> kernel.forgetFlows(socket, (int) count));
    closed.forEach(kernel::forgetClosed);
    idleSockets.forEach(kernel::forgetIdle);
    report();
  }

  /** Ends all flows: a last {@link #pass} is to come before. */
  public void stop() {
    flows.values().forEach(flow -> flow.ended(FlowEnd.STOPPED));
    report();
  }

  /** Flows there are. */
  public int tracked() {
    return tracked;
  }

  private void read(UdpFlowView view, long nowNs, long announcedNs) {
    long socket = view.socket();
    idleSockets.remove(socket);
    Flow flow = flows.get(view.id());
    if (flow == null && view.firstNs() > announcedNs) {
      closed.remove(socket); // asked for again, with its flow
      return;
    }
    boolean socketClosed = closed.contains(socket);
    boolean ends = socketClosed || nowNs - view.lastNs() > idleNs;
    if (ends) {
      kernel.take(view);
      if (!socketClosed) {
        taken.put(socket, taken.get(socket) + 1);
      }
    }
    if (flow == null) {
      flow = new Flow(view, workloads.find(view.tgid(), view.startTime()));
      flows.put(flow.id(), flow);
    } else {
      flow.update(view);
    }
    if (flow.own()) {
      flow.leftOut = true;
      ownEnds.add(new OwnEnd(flow.ends().netns(), flow.ends().peerPort(), flow.ends().localPort()));
    }
    if (ends) {
      flow.ended(socketClosed ? FlowEnd.CLOSED : FlowEnd.IDLE);
    }
  }

  /** After all were read: the agent's end of a flow may come after the other one. */
  private void report() {
    for (Flow flow : flows.values()) {
      boolean moved = flow.advance();
      if (flow.hasEnded) {
        ended.addLong(flow.id());
      }
      if (isOwnEnd(flow)) {
        continue;
      }
      if (moved) {
        listener.counted(flow);
      }
      if (flow.hasEnded) {
        listener.ended(flow);
      }
    }
    ended.forEachLong(flows::remove);
    ended.clear();
    ownEnds.clear();
    tracked = flows.size();
  }

  private boolean isOwnEnd(Flow flow) {
    if (!ownEnds.isEmpty()
        && ownEnds.contains(
            new OwnEnd(flow.ends().netns(), flow.ends().localPort(), flow.ends().peerPort()))) {
      flow.leftOut = true;
    }
    return flow.leftOut;
  }
}
