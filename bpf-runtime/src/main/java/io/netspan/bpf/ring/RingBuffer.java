package io.netspan.bpf.ring;

import io.netspan.bpf.RecordConsumer;
import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.BpfMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads a {@code BPF_MAP_TYPE_RINGBUF} in place, with no system call, no upcall and no allocation
 * per record.
 *
 * <p>One thread reads: it calls {@link #drain} and {@link #await}, which exclude one another.
 * {@link #wakeUp()}, {@link #corrupt()}, {@link #pendingBytes()}, {@link #capacity()} and {@link
 * #close()} may come from any thread. {@link #close()} ends an {@link #await} and lets a {@link
 * #drain} finish; after it all methods but {@link #wakeUp()}, {@link #corrupt()}, {@link
 * #capacity()} and {@link #close()} throw {@link IllegalStateException}.
 */
public final class RingBuffer implements AutoCloseable {

  /*
   * What is shared with the kernel (kernel/bpf/ringbuf.c of Linux v6.12, struct bpf_ringbuf):
   *
   *   | consumer page | producer page | data: 1 2 3 .. n | the same pages: 1 2 3 .. n |
   *       read-write      read-only         read-only               read-only
   *
   * A position counts all bytes ever written and wraps at 2^64; modulo the size, a power of two, it
   * is an offset in the data. Positions are compared by their distance only. Since the data is mapped
   * twice, a record that crosses the end continues behind it, and no code handles wrap-around.
   *
   * A record is a header of 8 bytes, {u32 len; u32 pg_off;}, and len bytes, rounded up to 8 together.
   * Bit 31 of len says BUSY: reserved, not yet submitted. Bit 30 says DISCARD: skip it. pg_off is the
   * kernel's own. Producers reserve under a lock: __bpf_ringbuf_reserve writes the header with BUSY
   * and then releases the producer position; so below that position every len is valid, and lengths
   * never change. They fill and submit in any order, on any CPU: bpf_ringbuf_commit clears BUSY by
   * xchg. We consume in the order of reservation, and a BUSY record holds up those behind it.
   *
   * Memory order.
   *  - producer position: acquire, pairs with smp_store_release in reserve; makes the len behind it
   *    visible.
   *  - len: acquire, pairs with the xchg in commit; makes the record's bytes visible.
   *  - consumer position: release, pairs with smp_load_acquire in reserve; our reads of a record come
   *    before the kernel may overwrite it. Only the reader writes the position, so it is kept in a
   *    field and never read back.
   *  - Notification: commit wakes a reader only if its record is where the published consumer
   *    position stands, so a reader that publishes its position too late and checks for more records
   *    too early is never woken. Commit writes len, then reads the consumer position, and xchg is a
   *    full barrier between the two. We write the consumer position, then read len or the producer
   *    position; this needs a full fence as well, for release and acquire do not order a store before
   *    a later load. With both barriers, at least one side sees the other's write. That is why
   *    ready() publishes, fences and checks again before it returns false.
   *
   * When the position is published. The kernel's CPUs read that cache line at every reservation, and
   * a store per record makes it travel per record. So it is stored after every eighth of the ring,
   * early enough for the space to be used again, and at the end of each drain, also by an exception.
   *
   * No length is trusted. The kernel's are right, but a wrong one would have us read beyond the
   * mapping. A record that does not end before the producer position, or a producer position that is
   * not within one ring of ours, is counted, and we go on from the producer position, rounded down to
   * where a record can begin; there is no other way to find one. Records skipped like this are lost.
   */

  private static final VarHandle POSITION =
      ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();
  private static final VarHandle LENGTH =
      ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();

  private static final int BUSY = 1 << 31;
  private static final int DISCARD = 1 << 30;
  private static final int HEADER_SIZE = 8;
  private static final int PUBLICATIONS_PER_RING = 8;

  private final MemorySegment consumerPage;
  private final MemorySegment producerPage;
  private final MemorySegment data;
  private final Runnable release;
  private final Doorbell doorbell;
  private final long mask;
  private final long batch;
  private final AtomicLong corrupt = new AtomicLong();

  private long position;
  private long published;
  private long producer;
  private int header;
  private boolean caughtUp;
  private boolean draining;
  private boolean closed;

  /** Set before the lock is asked for, so that the reader lets go of it. */
  private volatile boolean closing;

  /** Tests pass plain memory: the protocol needs no kernel. */
  RingBuffer(RingMemory memory, Doorbell doorbell) {
    this.consumerPage = memory.consumerPage();
    this.producerPage = memory.producerPage();
    this.data = memory.data().asReadOnly();
    this.release = memory.release();
    this.doorbell = doorbell;
    this.mask = data.byteSize() / 2 - 1;
    this.batch = capacity() / PUBLICATIONS_PER_RING;
    this.position = (long) POSITION.getAcquire(consumerPage, 0L);
    this.published = position;
    this.producer = position;
  }

  /**
   * The reader of a loaded map; at most one for each. It lives on when the map's object is closed.
   *
   * @throws BpfException if the map is no ring buffer, or memory or descriptors are used up
   */
  public static RingBuffer of(BpfMap map) {
    if (!map.isRingBuffer()) {
      throw new BpfException("read map " + map.name() + ": it is no BPF_MAP_TYPE_RINGBUF");
    }
    int fd = map.fd();
    RingMemory memory = RingMemory.map(map, fd, map.calls());
    try {
      return new RingBuffer(memory, EpollDoorbell.of(map.name(), fd, map.calls()));
    } catch (BpfException e) {
      memory.release().run();
      throw e;
    }
  }

  /**
   * Consumes the available records, in order.
   *
   * <p>A record counts as consumed when its callback begins: if that throws, the exception passes
   * through, and the next call goes on with the next record. None is delivered twice.
   *
   * @param budget at most so many records
   * @return how many records were consumed, discarded ones included; less than the budget means
   *     that the reader has caught up, or that the next record is not finished
   */
  public synchronized int drain(RecordConsumer consumer, int budget) {
    requireIdle("drain");
    draining = true;
    caughtUp = false;
    int consumed = 0;
    try {
      while (consumed < budget && ready()) {
        consumed++;
        consume(consumer);
        if (position - published >= batch) {
          publish();
        }
      }
      return consumed;
    } finally {
      publish();
      draining = false;
    }
  }

  private void consume(RecordConsumer consumer) {
    long offset = (position & mask) + HEADER_SIZE;
    int length = length(header);
    position += recordSize(length);
    if ((header & DISCARD) == 0) {
      consumer.record(data, offset, length);
    }
  }

  /** Whether a finished record is at the position; if not, the kernel knows that we wait there. */
  private boolean ready() {
    if (peek()) {
      return true;
    }
    do {
      publish();
      VarHandle.fullFence();
      if (peek()) {
        return true;
      }
    } while (position != published); // it moved: resynchronised
    caughtUp = true;
    return false;
  }

  private boolean peek() {
    if (position == producer) {
      producer = (long) POSITION.getAcquire(producerPage, 0L);
    }
    long distance = producer - position;
    if (distance == 0) {
      return false;
    }
    if (Long.compareUnsigned(distance, mask) > 0) {
      return resynchronise();
    }
    header = (int) LENGTH.getAcquire(data, position & mask);
    if (recordSize(length(header)) > distance) {
      return resynchronise();
    }
    return (header & BUSY) == 0;
  }

  private boolean resynchronise() {
    corrupt.incrementAndGet();
    producer &= ~7L;
    position = producer;
    return false;
  }

  private void publish() {
    if (published != position) {
      POSITION.setRelease(consumerPage, 0L, position);
      published = position;
    }
  }

  private static int length(int header) {
    return header & ~(BUSY | DISCARD);
  }

  private static long recordSize(int length) {
    return ((long) length + HEADER_SIZE + 7) & ~7L;
  }

  /**
   * Waits until the kernel notifies, or {@link #wakeUp()}. Does not wait if the last {@link #drain}
   * stopped before the end, by its budget or an exception, and there is more.
   *
   * <p>Records that the kernel side submits with {@code BPF_RB_NO_WAKEUP} do not end it.
   *
   * @param timeoutMillis negative: without limit
   * @return false if the time was over
   */
  public synchronized boolean await(int timeoutMillis) {
    requireIdle("await");
    return (!caughtUp && ready()) || doorbell.await(timeoutMillis);
  }

  /** Ends the present {@link #await}, or else the next one. After {@link #close()} does nothing. */
  public void wakeUp() {
    doorbell.ring();
  }

  /** How many times a record or position was invalid and the pending records were skipped. */
  public long corrupt() {
    return corrupt.get();
  }

  /** The bytes reserved and not yet consumed, headers included. */
  public long pendingBytes() {
    requireOpen("ask for pending bytes");
    long consumed = (long) POSITION.getAcquire(consumerPage, 0L);
    long distance = (long) POSITION.getAcquire(producerPage, 0L) - consumed;
    return Math.clamp(distance, 0L, capacity());
  }

  /**
   * The records reserved and not yet consumed, unfinished and discarded ones included. Any thread;
   * exact if nobody reads or fills the ring meanwhile.
   */
  public long pendingRecords() {
    requireOpen("ask for pending records");
    long end = (long) POSITION.getAcquire(producerPage, 0L);
    long at = (long) POSITION.getAcquire(consumerPage, 0L);
    long records = 0;
    while (end - at > 0) {
      records++;
      at += recordSize(length((int) LENGTH.getAcquire(data, at & mask)));
    }
    return records;
  }

  /**
   * Up to where records are reserved now: a mark for {@link #hasRead}. A record before the mark can
   * stay unfinished while its producer's virtual CPU is descheduled; it then holds up those behind
   * it.
   */
  public long mark() {
    requireOpen("mark");
    return (long) POSITION.getAcquire(producerPage, 0L);
  }

  /** Whether all records of before a {@link #mark} have been consumed. */
  public boolean hasRead(long mark) {
    requireOpen("compare with a mark");
    return (long) POSITION.getAcquire(consumerPage, 0L) - mark >= 0;
  }

  /** The size of the data area, in bytes. */
  public long capacity() {
    return mask + 1;
  }

  private void requireIdle(String what) {
    requireOpen(what);
    if (draining) {
      throw new IllegalStateException(what + ": from within a record's consumer");
    }
  }

  private void requireOpen(String what) {
    if (closing) {
      throw new IllegalStateException(what + ": the ring buffer is closed");
    }
  }

  /**
   * Unmaps the memory; idempotent.
   *
   * @throws IllegalStateException from within a record's consumer
   */
  @Override
  public void close() {
    if (Thread.holdsLock(this) && draining) {
      throw new IllegalStateException("close: from within a record's consumer");
    }
    closing = true;
    doorbell.ring();
    synchronized (this) {
      if (!closed) {
        closed = true;
        doorbell.close();
        release.run();
      }
    }
  }
}
