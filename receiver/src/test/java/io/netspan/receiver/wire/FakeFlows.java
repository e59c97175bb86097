package io.netspan.receiver.wire;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The flow maps of the kernel programs, written member by member through the layouts. */
public final class FakeFlows implements UdpFlows {
  /** Bits of {@code flags} in {@code struct udp_flow}. */
  public static final int SENT_FIRST = 1;

  public static final int CONNECTED = 2;
  public static final int BOUND = 4;
  public static final int OWN = 8;

  private final List<Entry> entries = new ArrayList<>();
  private final TreeMap<Long, long[]> sockets = new TreeMap<>();
  private final UdpFlowView view = new UdpFlowView();
  private Runnable meanwhile = () -> {};

  /** The requests to forget, in their order. */
  public final List<String> asked = new ArrayList<>();

  /** One flow, whose members are set by their C names. */
  public static final class Entry {
    private final MemorySegment key = segment(UdpFlowView.KEY);
    private final MemorySegment value = segment(UdpFlowView.LAYOUT);

    private static MemorySegment segment(StructLayout layout) {
      return MemorySegment.ofArray(new byte[(int) layout.byteSize()]);
    }

    public Entry with(String member, long number) {
      boolean inKey = UdpFlowView.KEY.memberLayouts().stream().anyMatch(m -> named(m, member));
      StructLayout layout = inKey ? UdpFlowView.KEY : UdpFlowView.LAYOUT;
      MemorySegment memory = inKey ? key : value;
      long at = WireLayout.offset(layout, member);
      switch ((int) layout.select(PathElement.groupElement(member)).byteSize()) {
        case 1 -> memory.set(WireLayout.U8, at, (byte) number);
        case 2 -> memory.set(WireLayout.U16, at, (short) number);
        case 4 -> memory.set(WireLayout.U32, at, (int) number);
        case 8 -> memory.set(WireLayout.U64, at, number);
        default -> throw new IllegalArgumentException(member + " is not a number");
      }
      return this;
    }

    private static boolean named(MemoryLayout member, String name) {
      return member.name().orElse("").equals(name) && !name.equals("pad");
    }

    private long socket() {
      return key.get(WireLayout.U64, WireLayout.offset(UdpFlowView.KEY, "socket"));
    }

    public Entry peer(String address, int port) {
      byte[] bytes = InetAddress.ofLiteral(address).getAddress();
      MemorySegment.copy(
          MemorySegment.ofArray(bytes),
          0,
          key,
          WireLayout.offset(UdpFlowView.KEY, "peer"),
          bytes.length);
      return with("family", bytes.length == 4 ? 2 : 10).with("port", port);
    }

    public Entry local(String address, int port) {
      byte[] bytes = InetAddress.ofLiteral(address).getAddress();
      MemorySegment.copy(
          MemorySegment.ofArray(bytes),
          0,
          value,
          WireLayout.offset(UdpFlowView.LAYOUT, "saddr"),
          bytes.length);
      return with("sport", port);
    }

    /** Sets the counts; each sent datagram has 10 bytes, each received one 100. */
    public Entry counts(long sent, long received) {
      return with("datagrams_sent", sent)
          .with("bytes_sent", 10 * sent)
          .with("datagrams_received", received)
          .with("bytes_received", 100 * received);
    }
  }

  /** Adds a flow. */
  public Entry flow(long socket, long id, long firstNs) {
    Entry entry =
        new Entry()
            .with("socket", socket)
            .with("id", id)
            .with("first_ns", firstNs)
            .with("last_ns", firstNs);
    entries.add(entry);
    sockets.putIfAbsent(socket, new long[] {firstNs, 0});
    return entry;
  }

  public void closes(long socket) {
    Objects.requireNonNull(sockets.get(socket))[1] = 1;
  }

  /** Sets an action that is run once, after the next reading of the flows. */
  public void afterFlows(Runnable what) {
    meanwhile = what;
  }

  public int flows() {
    return entries.size();
  }

  public int sockets() {
    return sockets.size();
  }

  @Override
  public void sockets(SocketConsumer consumer) {
    sockets.forEach((socket, facts) -> consumer.socket(socket, facts[0], facts[1] != 0));
  }

  @Override
  public void flows(Consumer<UdpFlowView> consumer) {
    for (Entry entry : List.copyOf(entries)) {
      view.pointAt(entry.key, 0, entry.value, 0);
      consumer.accept(view);
    }
    meanwhile.run();
    meanwhile = () -> {};
  }

  @Override
  public void take(UdpFlowView flow) {
    entries.removeIf(entry -> entry.key.mismatch(flow.key()) == -1);
  }

  @Override
  public void forgetFlows(long socket, int count) {
    asked.add("forget " + count + " flows of " + socket);
  }

  @Override
  public void forgetClosed(long socket) {
    sockets.remove(socket);
  }

  @Override
  public void forgetIdle(long socket) {
    if (entries.stream().noneMatch(entry -> entry.socket() == socket)) {
      sockets.remove(socket);
    }
  }
}
