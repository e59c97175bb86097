package io.netspan.receiver.kernel;

import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;

import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.LayoutCheck;
import io.netspan.bpf.object.BpfMap;
import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.object.BpfProgram;
import io.netspan.bpf.object.MapScan;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.UdpFlowView;
import io.netspan.receiver.wire.UdpFlows;
import io.netspan.receiver.wire.UdpTallies;
import io.netspan.receiver.wire.WireLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The maps of {@code udp.bpf.o}. Belongs to the thread that has the turn, but for {@link #tallies}.
 */
final class UdpFlowMaps implements UdpFlows, AutoCloseable {
  static final StructLayout SOCKET =
      MemoryLayout.structLayout(u64("first_ns"), u32("flows"), u32("closed"))
          .withName("udp_socket");
  private static final long FIRST_NS = WireLayout.offset(SOCKET, "first_ns");
  private static final long CLOSED = WireLayout.offset(SOCKET, "closed");

  private final BpfProgram forgetFlows;
  private final BpfProgram forgetIdle;
  private final BpfMap flows;
  private final BpfMap sockets;
  private final BpfMap counts;
  private final MapScan flowScan;
  private final MapScan socketScan;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment last = arena.allocate(UdpFlowView.LAYOUT.byteSize(), Long.BYTES);
  private final MemorySegment cookie = arena.allocate(WireLayout.U64);
  private final UdpFlowView view = new UdpFlowView();

  /**
   * The maps of a loaded object.
   *
   * @param object remains owned by the caller
   */
  UdpFlowMaps(BpfObject object) {
    forgetFlows = object.program("forget_flows");
    forgetIdle = object.program("forget_idle");
    flows = object.map("udp_flows");
    sockets = object.map("udp_sockets");
    counts = object.map("udp_counts");
    flowScan = new MapScan(flows);
    socketScan = new MapScan(sockets);
  }

  /** Every layout in this object, for comparison with its BTF. */
  static List<StructLayout> layouts() {
    List<StructLayout> all = new ArrayList<>(EventDecoder.sharedLayouts());
    all.addAll(List.of(UdpFlowView.KEY, UdpFlowView.LAYOUT, SOCKET, UdpTallies.LAYOUT));
    return all;
  }

  /** As {@link EventDecoder#differences}, for this object. */
  static List<String> differences(Btf btf) {
    List<String> all = new ArrayList<>();
    for (StructLayout layout : layouts()) {
      all.addAll(LayoutCheck.compare(layout, btf));
    }
    all.addAll(LayoutCheck.compareKey("udp_flows", UdpFlowView.KEY, btf));
    all.addAll(LayoutCheck.compareValue("udp_flows", UdpFlowView.LAYOUT, btf));
    all.addAll(LayoutCheck.compareValue("udp_sockets", SOCKET, btf));
    all.addAll(LayoutCheck.compareValue("udp_counts", UdpTallies.LAYOUT, btf));
    return all;
  }

  /** The counts of datagrams for which there was no room; any thread. */
  UdpTallies tallies() {
    int cpus = BpfMap.possibleCpus();
    try (Arena all = Arena.ofConfined()) {
      MemorySegment values = all.allocate(UdpTallies.LAYOUT.byteSize() * cpus, Long.BYTES);
      counts.lookup(0, values);
      return UdpTallies.sum(values, cpus);
    }
  }

  @Override
  public void sockets(SocketConsumer consumer) {
    socketScan.scan(
        (keys, key, values, value) ->
            consumer.socket(
                keys.get(WireLayout.U64, key),
                values.get(WireLayout.U64, value + FIRST_NS),
                values.get(WireLayout.U32, value + CLOSED) != 0));
  }

  @Override
  public void flows(Consumer<UdpFlowView> consumer) {
    flowScan.scan(
        (keys, key, values, value) -> {
          view.pointAt(keys, key, values, value);
          consumer.accept(view);
        });
  }

  /**
   * Reading and deleting at once needs Linux 5.14; the oldest rung that sees datagrams needs 5.17
   * anyway.
   */
  @Override
  public void take(UdpFlowView flow) {
    if (flows.take(flow.key(), last)) {
      flow.pointAtValue(last, 0);
    }
  }

  @Override
  public void forgetFlows(long socket, int count) {
    forgetFlows.run(socket, count);
  }

  @Override
  public void forgetClosed(long socket) {
    cookie.set(WireLayout.U64, 0, socket);
    sockets.remove(cookie);
  }

  @Override
  public void forgetIdle(long socket) {
    forgetIdle.run(socket);
  }

  @Override
  public void close() {
    flowScan.close();
    socketScan.close();
    arena.close();
  }
}
