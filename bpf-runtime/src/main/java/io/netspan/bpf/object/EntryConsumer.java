package io.netspan.bpf.object;

import java.lang.foreign.MemorySegment;

/** Receives the entries of a map, in no order. */
@FunctionalInterface
public interface EntryConsumer {

  /**
   * One entry, as it was when it was read. Both segments are lent for the call.
   *
   * @param keys has the key at {@code key}, a multiple of its size
   * @param values has the value at {@code value}, a multiple of its size
   */
  void entry(MemorySegment keys, long key, MemorySegment values, long value);
}
