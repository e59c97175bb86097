package io.netspan.bpf.object;

import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads all entries of a hash map, many with one call (Linux 5.6). An entry that exists during the
 * whole scan is delivered exactly once: the kernel reads bucket after bucket, each under its lock,
 * and entries do not change buckets. An entry added or removed meanwhile may or may not be
 * delivered.
 *
 * <p>Belongs to one thread.
 */
public final class MapScan implements AutoCloseable {
  /** More than a bucket has of entries, unless its hash is attacked: grown if it has more. */
  private static final int FIRST_BATCH = 512;

  private final BpfMap map;
  private final int keySize;
  private final int valueSize;
  private final Arena fixed = Arena.ofShared();
  // The kernel's cursor of a hash map is a number of four bytes; other maps use the key's size.
  private final MemorySegment from;
  private final MemorySegment to;
  private final MemorySegment count;
  private Arena arena = Arena.ofShared();
  private MemorySegment keys = MemorySegment.NULL;
  private MemorySegment values = MemorySegment.NULL;
  private int batch;
  private boolean closed;

  public MapScan(BpfMap map) {
    this.map = map;
    keySize = map.keySize();
    valueSize = map.valueSize();
    int cursor = Math.max(keySize, Integer.BYTES);
    from = fixed.allocate(cursor, Long.BYTES);
    to = fixed.allocate(cursor, Long.BYTES);
    count = fixed.allocate(ValueLayout.JAVA_INT);
    allocate(FIRST_BATCH);
  }

  private void allocate(int entries) {
    arena.close();
    arena = Arena.ofShared();
    batch = entries;
    keys = arena.allocate((long) entries * keySize, Long.BYTES);
    values = arena.allocate((long) entries * valueSize, Long.BYTES);
  }

  /**
   * Hands over every entry.
   *
   * @return how many there were
   * @throws BpfException if the kernel cannot read this map in batches
   */
  public int scan(EntryConsumer consumer) {
    int all = 0;
    MemorySegment cursor = MemorySegment.NULL;
    while (true) {
      count.set(ValueLayout.JAVA_INT, 0, batch);
      int error = map.lookupBatch(cursor, to, keys, values, count);
      if (error == -Errno.ENOSPC) {
        allocate(2 * batch); // one bucket has more; the cursor stands before it
        continue;
      }
      // ENOENT: these were the last. EBUSY: a bucket was locked, the scan goes on with it.
      if (error < 0 && error != -Errno.ENOENT && error != -Errno.EBUSY) {
        throw BpfException.failed("scan map " + map.name(), -error);
      }
      int found = count.get(ValueLayout.JAVA_INT, 0);
      for (int i = 0; i < found; i++) {
        consumer.entry(keys, (long) i * keySize, values, (long) i * valueSize);
      }
      all += found;
      if (error == -Errno.ENOENT) {
        return all;
      }
      from.copyFrom(to);
      cursor = from;
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      arena.close();
      fixed.close();
    }
  }
}
