package io.netspan.receiver.wire;

import io.netspan.bpf.RecordConsumer;
import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.LayoutCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns the ring's records into views and hands them on. A record of an unknown type or one shorter
 * than its struct is counted and skipped and never causes an exception: the bytes in the ring may
 * be of another version, or garbage.
 *
 * <p>Run only by the thread that has the turn; any thread may read the counters.
 */
public final class EventDecoder implements RecordConsumer {
  private final KernelEvents events;
  private final CgroupEvent cgroup = new CgroupEvent();
  private final ProcessEvent process = new ProcessEvent();
  private final TcpOpenEvent open = new TcpOpenEvent();
  private final TcpEstablishedEvent established = new TcpEstablishedEvent();
  private final TcpClosingEvent closing = new TcpClosingEvent();
  private final TcpCloseEvent close = new TcpCloseEvent();
  private final TcpListenEvent listen = new TcpListenEvent();
  private final TcpAcceptEvent accept = new TcpAcceptEvent();
  private final TcpResetEvent reset = new TcpResetEvent();
  private final TcpSocketEvent socket = new TcpSocketEvent();
  private final TcpUnchangedEvent unchanged = new TcpUnchangedEvent();
  private final DecodeCounters counters = new DecodeCounters();

  public EventDecoder(KernelEvents events) {
    this.events = events;
  }

  /** Every layout of the wire, for comparison with the object's BTF. */
  public static List<StructLayout> layouts() {
    return List.of(
        ProcessEvent.LAYOUT,
        TcpOpenEvent.LAYOUT,
        TcpEstablishedEvent.LAYOUT,
        TcpClosingEvent.LAYOUT,
        TcpCloseEvent.LAYOUT,
        TcpListenEvent.LAYOUT,
        TcpAcceptEvent.LAYOUT,
        TcpSocketEvent.LAYOUT,
        TcpResetEvent.LAYOUT,
        CgroupEvent.LAYOUT,
        TcpUnchangedEvent.LAYOUT,
        KernelCounts.LAYOUT);
  }

  /** The layouts that other objects sharing this one's maps have too. */
  public static List<StructLayout> sharedLayouts() {
    return List.of(ProcessEvent.LAYOUT, CgroupEvent.LAYOUT, KernelCounts.LAYOUT);
  }

  /**
   * The differences between these layouts and the object's structs, member by member; empty if
   * there are none.
   */
  public static List<String> differences(Btf btf) {
    List<String> all = new ArrayList<>();
    for (StructLayout layout : layouts()) {
      all.addAll(LayoutCheck.compare(layout, btf));
    }
    all.addAll(WireEnums.differences(btf));
    all.addAll(LayoutCheck.compareValue("tallies", KernelCounts.LAYOUT, btf));
    all.addAll(LayoutCheck.compareValue("answer", TcpSocketEvent.LAYOUT, btf));
    return all;
  }

  public DecodeCounters counters() {
    return counters;
  }

  @Override
  public void record(MemorySegment ring, long offset, int length) {
    if (length < 2 * Integer.BYTES) {
      counters.tooShortSeen();
      return;
    }
    switch (EventType.of(ring.get(WireLayout.U32, offset + KernelEvent.TYPE))) {
      case PROCESS -> {
        if (accept(process, ring, offset, length)) {
          events.process(process);
        }
      }
      case TCP_OPEN -> {
        if (accept(open, ring, offset, length)) {
          events.tcpOpen(open);
        }
      }
      case TCP_ESTABLISHED -> {
        if (accept(established, ring, offset, length)) {
          events.tcpEstablished(established);
        }
      }
      case TCP_CLOSING -> {
        if (accept(closing, ring, offset, length)) {
          events.tcpClosing(closing);
        }
      }
      case TCP_CLOSE -> {
        if (accept(close, ring, offset, length)) {
          events.tcpClose(close);
        }
      }
      case TCP_LISTEN -> {
        if (accept(listen, ring, offset, length)) {
          events.tcpListen(listen);
        }
      }
      case TCP_ACCEPT -> {
        if (accept(accept, ring, offset, length)) {
          events.tcpAccept(accept);
        }
      }
      case TCP_SOCKET -> {
        if (accept(socket, ring, offset, length)) {
          events.tcpSocket(socket);
        }
      }
      case TCP_UNCHANGED -> {
        if (accept(unchanged, ring, offset, length)) {
          events.tcpUnchanged(unchanged);
        }
      }
      case TCP_RESET -> {
        if (accept(reset, ring, offset, length)) {
          events.tcpReset(reset);
        }
      }
      case CGROUP -> {
        if (accept(cgroup, ring, offset, length)) {
          events.cgroup(cgroup);
        }
      }
      case UNKNOWN -> counters.unknownTypeSeen();
    }
  }

  /**
   * Points the view at a record. A record longer than expected is readable: it is of a later
   * version, which added members at the end.
   */
  private boolean accept(KernelEvent view, MemorySegment ring, long offset, int length) {
    long declared = Integer.toUnsignedLong(ring.get(WireLayout.U32, offset + KernelEvent.SIZE));
    long size = view.layout().byteSize();
    if (length < size || declared < size || declared > length) {
      counters.tooShortSeen();
      return false;
    }
    counters.decoded(view.type());
    view.pointAt(ring, offset);
    return true;
  }
}
