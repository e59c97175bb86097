package io.netspan.bpf.ring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A ring with arbitrary headers, lengths and positions. The input is a start position followed by
 * steps of five bytes each: the kind of the step, and a number for it.
 */
public final class RingTarget {
  private static final int SIZE = 4096;

  /** The records known before and as many again, since this producer may overtake the consumer. */
  private static final int MOST = 2 * SIZE;

  private static final int BUSY = 1 << 31;
  private static final int DISCARD = 1 << 30;
  private static final ValueLayout.OfLong NUMBER = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final class Ears implements Doorbell {
    @Override
    public boolean await(int timeoutMillis) {
      return false;
    }

    @Override
    public void ring() {}

    @Override
    public void close() {}
  }

  private final MemorySegment consumerPage;
  private final MemorySegment producerPage;
  private final MemorySegment data;
  private final RingBuffer ring;
  private long producer;
  private long seen;
  private int delivered;

  private RingTarget(Arena arena, long start) {
    consumerPage = arena.allocate(8, 8);
    producerPage = arena.allocate(8, 8);
    data = arena.allocate(2L * SIZE, 8);
    producer = start;
    seen = start;
    consumerPage.set(ValueLayout.JAVA_LONG, 0, start);
    producerPage.set(ValueLayout.JAVA_LONG, 0, start);
    ring = new RingBuffer(new RingMemory(consumerPage, producerPage, data, () -> {}), new Ears());
  }

  /** Called by Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < Long.BYTES) {
      return;
    }
    MemorySegment steps = MemorySegment.ofArray(input);
    try (Arena arena = Arena.ofConfined()) {
      RingTarget target = new RingTarget(arena, steps.get(NUMBER, 0) & ~7L);
      for (int at = Long.BYTES; at + 5 <= input.length; at += 5) {
        target.step(input[at] & 7, steps.get(ValueLayout.JAVA_INT_UNALIGNED, at + 1));
      }
      target.drain(Integer.MAX_VALUE);
    }
  }

  private void step(int what, int number) {
    switch (what) {
      case 0 -> drain(number & 0xff);
      case 1 -> put(number & 0x1ff);
      case 2 -> put((number & 0x1ff) | DISCARD);
      case 3 -> put((number & 0x1ff) | BUSY);
      case 4 -> data.set(ValueLayout.JAVA_INT, (producer - 8) & (SIZE - 8), number);
      case 5 -> header(producer, number);
      case 6 -> producerAt(producer + number);
      default -> producerAt(((long) number << 32) + Integer.reverse(number));
    }
  }

  private void put(int header) {
    header(producer, header);
    producerAt(producer + (((header & ~(BUSY | DISCARD)) + 15L) & ~7L));
  }

  /** Writes a header at both of its addresses, since the ring is mapped twice. */
  private void header(long position, int header) {
    long at = position & (SIZE - 8);
    data.set(ValueLayout.JAVA_INT, at, header);
    data.set(ValueLayout.JAVA_INT, at + SIZE, header);
  }

  private void producerAt(long position) {
    producer = position;
    producerPage.set(ValueLayout.JAVA_LONG, 0, position);
  }

  private void drain(int budget) {
    long corrupt = ring.corrupt();
    delivered = 0;
    int consumed = ring.drain(this::deliver, budget);
    long now = consumerPage.get(ValueLayout.JAVA_LONG, 0);
    check(consumed >= delivered, "more delivered than consumed");
    check(consumed <= Math.min(budget, MOST / 8), "more records than the ring can hold");
    check((now & 7) == 0, "a position between records");
    check(
        (now - seen >= consumed * 8L && now - seen < MOST) || ring.corrupt() > corrupt,
        "the position jumped without being counted as corrupt");
    check(ring.pendingBytes() >= 0 && ring.pendingBytes() <= SIZE, "pending bytes");
    check(
        !ring.await(0) || ring.corrupt() > corrupt || budget <= consumed,
        "await() returned true without a record");
    seen = consumerPage.get(ValueLayout.JAVA_LONG, 0);
  }

  private void deliver(MemorySegment segment, long offset, int length) {
    delivered++;
    check((offset & 7) == 0 && offset >= 8 && offset <= SIZE, "an offset outside of the ring");
    check(length >= 0 && length < SIZE, "a length beyond the ring");
    check(segment.asSlice(offset, length).byteSize() == length && segment.isReadOnly(), "memory");
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
