package io.netspan.bpf.ring;

import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.BpfMap;
import io.netspan.bpf.sys.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The pages that a ring buffer shares with the kernel; see {@link RingBuffer} for what is where.
 *
 * @param consumerPage begins with the consumer position; writable
 * @param producerPage begins with the producer position
 * @param data the records, and the same bytes a second time
 * @param release unmaps
 */
record RingMemory(
    MemorySegment consumerPage, MemorySegment producerPage, MemorySegment data, Runnable release) {

  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;

  /** Two mappings, since the kernel refuses a writable one beyond the consumer page. */
  static RingMemory map(BpfMap map, int fd, NativeCalls calls) {
    long page = calls.pageSize();
    long size = Integer.toUnsignedLong(map.maxEntries());
    long readOnlySize = page + 2 * size;
    long consumer = check(map, calls.mmap(0, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    long producer = calls.mmap(0, readOnlySize, PROT_READ, MAP_SHARED, fd, page);
    if (producer < 0) {
      calls.munmap(consumer, page);
    }
    check(map, producer);
    Arena arena = Arena.ofShared(); // so that an access after close is an exception, no crash
    MemorySegment readOnly = calls.memory(producer, readOnlySize, arena).asReadOnly();
    return new RingMemory(
        calls.memory(consumer, page, arena),
        readOnly.asSlice(0, page),
        readOnly.asSlice(page),
        () -> {
          arena.close();
          calls.munmap(producer, readOnlySize);
          calls.munmap(consumer, page);
        });
  }

  private static long check(BpfMap map, long address) {
    if (address < 0) {
      throw BpfException.failed("map memory of map " + map.name(), (int) -address);
    }
    return address;
  }
}
