package io.netspan.bpf.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The kernel's side of a ring buffer over plain memory: what __bpf_ringbuf_reserve and
 * bpf_ringbuf_commit do, with the data's two mappings kept equal by hand. One producer.
 */
final class TestRing {

  static final int BUSY = 1 << 31;
  static final int DISCARD = 1 << 30;

  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  final MemorySegment consumerPage;
  final MemorySegment producerPage;
  final MemorySegment data;
  final long capacity;
  private long producer;

  TestRing(Arena arena, long capacity, long start) {
    this.capacity = capacity;
    consumerPage = arena.allocate(4096, 4096);
    producerPage = arena.allocate(4096, 4096);
    data = arena.allocate(2 * capacity, 4096);
    producer = start;
    LONG.setRelease(consumerPage, 0L, start);
    LONG.setRelease(producerPage, 0L, start);
  }

  RingMemory memory(Runnable release) {
    return new RingMemory(consumerPage, producerPage, data, release);
  }

  long consumerPosition() {
    return (long) LONG.getAcquire(consumerPage, 0L);
  }

  long producerPosition() {
    return producer;
  }

  /** Reserves a record. Returns its position; -1 if the ring is full. */
  long reserve(int length) {
    long size = (length + 8L + 7) & ~7L;
    if (producer + size - consumerPosition() > capacity - 1) {
      return -1;
    }
    long record = producer;
    header(record, length | BUSY);
    producer += size;
    LONG.setRelease(producerPage, 0L, producer);
    return record;
  }

  /** Fills the record with its number, one long after the other, and ends with a submit. */
  void submit(long record, int length, long number) {
    for (int i = 0; i + 8 <= length; i += 8) {
      long at = (record & (capacity - 1)) + 8 + i;
      data.set(ValueLayout.JAVA_LONG, at, number);
      data.set(ValueLayout.JAVA_LONG, at < capacity ? at + capacity : at - capacity, number);
    }
    header(record, length);
  }

  void discard(long record, int length) {
    header(record, length | DISCARD);
  }

  void put(int length, long number) {
    long record = reserve(length);
    if (record == -1) {
      throw new IllegalStateException("the ring is full");
    }
    submit(record, length, number);
  }

  /** A full barrier, like the xchg of commit. */
  void header(long record, int header) {
    var _ = (int) INT.getAndSet(data, record & (capacity - 1), header);
  }

  void producerPosition(long position) {
    producer = position;
    LONG.setRelease(producerPage, 0L, position);
  }
}
