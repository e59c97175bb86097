package io.netspan.receiver.wire;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Declares the layout of one C struct of {@code events.h}: members in order, no implicit padding.
 */
public final class WireLayout {
  public static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
  public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
  public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

  /**
   * Half of an address. Addresses are in network byte order, and a big-endian read keeps that order
   * within the number.
   */
  public static final ValueLayout.OfLong ADDRESS_HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private WireLayout() {}

  public static MemoryLayout u8(String name) {
    return U8.withName(name);
  }

  public static MemoryLayout u16(String name) {
    return U16.withName(name);
  }

  public static MemoryLayout u32(String name) {
    return U32.withName(name);
  }

  public static MemoryLayout u64(String name) {
    return U64.withName(name);
  }

  public static MemoryLayout bytes(String name, long count) {
    return MemoryLayout.sequenceLayout(count, U8).withName(name);
  }

  public static MemoryLayout u16s(String name, long count) {
    return MemoryLayout.sequenceLayout(count, U16).withName(name);
  }

  /**
   * A record: the common header {@code {u32 type; u32 size; u64 ktime_ns}}, then {@code members}.
   */
  public static StructLayout record(String name, MemoryLayout... members) {
    List<MemoryLayout> all = new ArrayList<>(List.of(u32("type"), u32("size"), u64("ktime_ns")));
    all.addAll(List.of(members));
    return MemoryLayout.structLayout(all.toArray(MemoryLayout[]::new)).withName(name);
  }

  public static long offset(StructLayout layout, String member) {
    return layout.byteOffset(PathElement.groupElement(member));
  }
}
