package io.netspan.receiver.wire;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/** A record as the kernel programs write it, built member by member through the layout. */
public final class WireRecord {
  private final StructLayout layout;
  private final MemorySegment memory;

  private WireRecord(EventType type) {
    layout = layout(type);
    memory = MemorySegment.ofArray(new byte[(int) layout.byteSize()]);
    with("type", type.code());
    with("size", layout.byteSize());
  }

  /** Creates a record with a valid header and all other members 0. */
  public static WireRecord of(EventType type) {
    return new WireRecord(type);
  }

  static StructLayout layout(EventType type) {
    return switch (type) {
      case PROCESS -> ProcessEvent.LAYOUT;
      case TCP_OPEN -> TcpOpenEvent.LAYOUT;
      case TCP_ESTABLISHED -> TcpEstablishedEvent.LAYOUT;
      case TCP_CLOSING -> TcpClosingEvent.LAYOUT;
      case TCP_CLOSE -> TcpCloseEvent.LAYOUT;
      case TCP_LISTEN -> TcpListenEvent.LAYOUT;
      case TCP_ACCEPT -> TcpAcceptEvent.LAYOUT;
      case TCP_RESET -> TcpResetEvent.LAYOUT;
      case TCP_SOCKET -> TcpSocketEvent.LAYOUT;
      case CGROUP -> CgroupEvent.LAYOUT;
      case TCP_UNCHANGED -> TcpUnchangedEvent.LAYOUT;
      case UNKNOWN -> throw new IllegalArgumentException("no such struct");
    };
  }

  /** Sets a number, which must fit into its member. */
  public WireRecord with(String member, long value) {
    MemoryLayout of = layout.select(PathElement.groupElement(member));
    long at = WireLayout.offset(layout, member);
    switch ((int) of.byteSize()) {
      case 1 -> memory.set(WireLayout.U8, at, (byte) value);
      case 2 -> memory.set(WireLayout.U16, at, (short) value);
      case 4 -> memory.set(WireLayout.U32, at, (int) value);
      case 8 -> memory.set(WireLayout.U64, at, value);
      default -> throw new IllegalArgumentException(member + " is not a number");
    }
    return this;
  }

  /** Sets the first bytes of an array and leaves the others unchanged. */
  public WireRecord with(String member, byte[] value) {
    MemoryLayout of = layout.select(PathElement.groupElement(member));
    if (value.length > of.byteSize()) {
      throw new IllegalArgumentException(member + " has only " + of.byteSize() + " bytes");
    }
    MemorySegment.copy(
        MemorySegment.ofArray(value), 0, memory, WireLayout.offset(layout, member), value.length);
    return this;
  }

  public WireRecord with(String member, String text) {
    return with(member, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Sets an address as the kernel programs do: IPv4, even if v4-mapped, is in the first four bytes.
   */
  public WireRecord withAddress(String member, String literal) {
    return with(member, InetAddress.ofLiteral(literal).getAddress());
  }

  /** Sets the path of a cgroup, whose names are given leaf first. */
  public WireRecord withPath(String... names) {
    byte[] path = (String.join("\0", names) + "\0").getBytes(StandardCharsets.UTF_8);
    return with("path", path).with("path_bytes", path.length);
  }

  public byte[] bytes() {
    return memory.toArray(WireLayout.U8);
  }
}
