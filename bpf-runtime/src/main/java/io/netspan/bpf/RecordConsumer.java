package io.netspan.bpf;

import io.netspan.bpf.ring.RingBuffer;
import java.lang.foreign.MemorySegment;

/** Receives the records of a {@link RingBuffer}, in the order in which they were reserved. */
@FunctionalInterface
public interface RecordConsumer {

  /**
   * One record, read in place.
   *
   * @param ring read-only and lent: the kernel writes other records there once this returns; the
   *     same segment at each call
   * @param offset of the record in {@code ring}, in bytes, a multiple of 8; the record does not
   *     wrap
   * @param length of the record, in bytes
   */
  void record(MemorySegment ring, long offset, int length);
}
