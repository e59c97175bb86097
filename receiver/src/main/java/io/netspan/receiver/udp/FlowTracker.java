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
 * Follows the flows that the kernel side counts, by reading all of them in each {@link #pass}: some
 * are new, some have new datagrams, some have ended. A flow ends with its socket, or when it had no
 * datagram for the idle timeout.
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
  private final FlowPairs pairs = new FlowPairs();
  private final Set<OwnEnd> ownEnds = new HashSet<>();
  private volatile int tracked; // Written at the end of each pass.

  /** The other end of a flow of the agent, if it is on this machine. */
  private record OwnEnd(int netns, int otherPort, int agentPort) {}

  /**
   * Creates a tracker without flows.
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
   * @param announcedNs all processes that were announced before this time are known; flows that
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
    listener.passed(nowNs, flows.values());
  }

  /** When the next {@link #pass} should begin at the latest, CLOCK_BOOTTIME ns. */
  public long passDueNs() {
    return listener.passDueNs();
  }

  /** Ends all flows. A last {@link #pass} must come before. */
  public void stop() {
    flows.values().forEach(flow -> flow.ended(FlowEnd.STOPPED));
    report();
  }

  /** The number of flows. May be called by any thread. */
  public int tracked() {
    return tracked;
  }

  private void read(UdpFlowView view, long nowNs, long announcedNs) {
    long socket = view.socket();
    idleSockets.remove(socket);
    Flow flow = flows.get(view.id());
    if (flow == null && view.firstNs() > announcedNs) {
      closed.remove(socket); // Stays in the kernel until the next pass, with its flow.
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
      pairs.add(flow);
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

  /**
   * Notifies the listener, after all flows were read, since the agent's end of a flow may be read
   * after the other end.
   */
  private void report() {
    for (Flow flow : flows.values()) {
      // Metrics have no series of a process that is not identified yet; the counts wait.
      boolean moved = (flow.hasEnded || flow.isIdentified()) && flow.advance();
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
    ended.forEachLong(id -> pairs.remove(flows.remove(id)));
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
