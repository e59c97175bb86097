package io.netspan.receiver.wire;

import io.netspan.bpf.RecordConsumer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * A view of one record in the ring. {@link EventDecoder} points it at a record; it is valid until
 * the callback that got it returns ({@link RecordConsumer}), and only on that thread.
 */
public abstract sealed class KernelEvent
    permits ProcessEvent,
        CgroupEvent,
        TcpTupleEvent,
        TcpProcessEvent,
        TcpResetEvent,
        TcpUnchangedEvent {
  public static final long TYPE = 0;
  public static final long SIZE = 4;
  public static final long KTIME_NS = 8;

  private MemorySegment ring = MemorySegment.NULL;
  private long at;

  KernelEvent() {}

  /** The size that the header of a record gives; 0 if fewer bytes than a header are there. */
  public static int size(MemorySegment records, long offset, int available) {
    return available < KTIME_NS ? 0 : records.get(WireLayout.U32, offset + SIZE);
  }

  final void pointAt(MemorySegment segment, long offset) {
    ring = segment;
    at = offset;
  }

  /** The C struct's layout; every record of this type is at least that long. */
  abstract StructLayout layout();

  /** The value of {@code type} in the header. */
  abstract EventType type();

  /** CLOCK_BOOTTIME nanoseconds at which the kernel program ran. */
  public final long ktimeNs() {
    return readU64(KTIME_NS);
  }

  final int readU8(long offset) {
    return Byte.toUnsignedInt(ring.get(WireLayout.U8, at + offset));
  }

  final int readU16(long offset) {
    return Short.toUnsignedInt(ring.get(WireLayout.U16, at + offset));
  }

  final int readU32(long offset) {
    return ring.get(WireLayout.U32, at + offset);
  }

  final long readU64(long offset) {
    return ring.get(WireLayout.U64, at + offset);
  }

  final long addressHalf(long offset) {
    return ring.get(WireLayout.ADDRESS_HALF, at + offset);
  }

  final byte[] copyOf(long offset, int length) {
    return ring.asSlice(at + offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /** A NUL-terminated string of at most {@code capacity} bytes; without a NUL, all of them. */
  final byte[] cString(long offset, int capacity) {
    int length = 0;
    while (length < capacity && ring.get(WireLayout.U8, at + offset + length) != 0) {
      length++;
    }
    return copyOf(offset, length);
  }
}
