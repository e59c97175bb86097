package io.netspan.bpf.object;

import io.netspan.bpf.btf.MapDefinition;
import io.netspan.bpf.sys.NativeCalls;
import io.netspan.bpf.sys.NativeUnavailableException;
import io.netspan.bpf.sys.PanamaCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A map of a {@link BpfObject}, which owns it: after that is closed, every method but {@link
 * #name()} throws {@link IllegalStateException}.
 *
 * <p>Any thread.
 */
public final class BpfMap {

  static final String RING_SIZES = "a power of two and a multiple of the page size";

  // enum bpf_map_type of include/uapi/linux/bpf.h
  private static final int PERCPU_HASH = 5;
  private static final int PERCPU_ARRAY = 6;
  private static final int LRU_PERCPU_HASH = 10;
  private static final int PERCPU_CGROUP_STORAGE = 21;
  private static final int RINGBUF = 27;

  private final BpfObject object;
  private final NativeCalls calls;
  private final String name;
  private final long pointer;

  BpfMap(BpfObject object, NativeCalls calls, String name, long pointer) {
    this.object = object;
    this.calls = calls;
    this.name = name;
    this.pointer = pointer;
  }

  public String name() {
    return name;
  }

  /**
   * How the object declares the map: types of keys and values, and sizes before {@link #resize}.
   *
   * @throws BpfException if it is none of section {@code .maps}, but a data section's
   */
  public MapDefinition definition() {
    return object
        .btf()
        .map(name)
        .orElseThrow(() -> new BpfException("map " + name + " is not declared in .maps"));
  }

  /**
   * The map's descriptor, which the object closes.
   *
   * @throws IllegalStateException before load
   */
  public int fd() {
    synchronized (object) {
      object.requireLoaded("map " + name);
      return calls.bpfMapFd(pointer);
    }
  }

  /**
   * Sets the number of entries, or of a ring buffer the bytes of its data; before load.
   *
   * @throws BpfException if a ring buffer cannot have that size
   */
  public void resize(int maxEntries) {
    synchronized (object) {
      object.requireNotLoaded("resize map " + name);
      String what = "resize map " + name + " to " + Integer.toUnsignedString(maxEntries);
      if (isRingBuffer() && !isRingSize(maxEntries)) {
        // libbpf would round it up and say nothing
        throw new BpfException(
            what + ": a ring buffer's size must be " + RING_SIZES + " (" + calls.pageSize() + ")");
      }
      int error = calls.bpfMapSetMaxEntries(pointer, maxEntries);
      if (error < 0) {
        throw BpfException.failed(what, -error);
      }
    }
  }

  /**
   * Makes this map the same as one of another, loaded object. Must be called before this object is
   * loaded.
   *
   * @throws BpfException if the two cannot be one
   */
  public void share(BpfMap other) {
    int fd = other.fd();
    synchronized (object) {
      object.requireNotLoaded("share map " + name);
      int error = calls.bpfMapReuseFd(pointer, fd);
      if (error < 0) {
        throw BpfException.failed("share map " + name, -error);
      }
    }
  }

  private boolean isRingSize(int bytes) {
    return bytes > 0 && Integer.bitCount(bytes) == 1 && bytes % calls.pageSize() == 0;
  }

  /** The number of entries, or of a ring buffer the bytes of its data. */
  public int maxEntries() {
    synchronized (object) {
      object.requireOpen("map " + name);
      return calls.bpfMapMaxEntries(pointer);
    }
  }

  public boolean isRingBuffer() {
    synchronized (object) {
      object.requireOpen("map " + name);
      return calls.bpfMapType(pointer) == RINGBUF;
    }
  }

  /**
   * Reads the value of a key of four bytes, as arrays have.
   *
   * @param value receives it; of a map per CPU, {@link #possibleCpus()} values, each in a slot
   *     whose size is the value's, rounded up to 8 bytes
   * @throws IllegalArgumentException if {@code value} is too small
   */
  public void lookup(int key, MemorySegment value) {
    synchronized (object) {
      int fd = fd();
      if (calls.bpfMapKeySize(pointer) != Integer.BYTES) {
        throw new BpfException("read map " + name + ": its keys are not of 4 bytes");
      }
      long size = lookupSize();
      if (value.byteSize() < size) {
        throw new IllegalArgumentException(
            "map " + name + " gives " + size + " bytes, room for " + value.byteSize());
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment keySegment = arena.allocateFrom(ValueLayout.JAVA_INT, key);
        MemorySegment buffer = value.isNative() ? value : arena.allocate(size, Long.BYTES);
        int error = calls.bpfMapLookupElem(fd, keySegment, buffer);
        if (error < 0) {
          throw BpfException.failed("read map " + name + " at " + key, -error);
        }
        if (!value.isNative()) {
          MemorySegment.copy(buffer, 0, value, 0, size);
        }
      }
    }
  }

  /**
   * Reads the value of a key.
   *
   * @param key native, of the map's key size; so is {@code value}
   * @return false if there is none
   */
  public boolean find(MemorySegment key, MemorySegment value) {
    synchronized (object) {
      int error = calls.bpfMapLookupElem(fd(), key, value);
      if (error < 0 && error != -Errno.ENOENT) {
        throw BpfException.failed("read map " + name, -error);
      }
      return error == 0;
    }
  }

  /**
   * Removes a key.
   *
   * @param key native, of the map's key size
   * @return false if there was none
   */
  public boolean remove(MemorySegment key) {
    synchronized (object) {
      int error = calls.bpfMapDeleteElem(fd(), key);
      if (error < 0 && error != -Errno.ENOENT) {
        throw BpfException.failed("delete from map " + name, -error);
      }
      return error == 0;
    }
  }

  /**
   * Atomically reads the value of a key and removes the key; hash maps, LRU ones included, support
   * this since Linux 5.14. A program that looked the entry up before may still write to it; such
   * writes are missing from the value read.
   *
   * @param key native, of the map's key size; so is {@code value}, of what {@link #lookup} reads
   * @return false if there is none
   */
  public boolean take(MemorySegment key, MemorySegment value) {
    synchronized (object) {
      int error = calls.bpfMapLookupAndDeleteElem(fd(), key, value);
      if (error < 0 && error != -Errno.ENOENT) {
        throw BpfException.failed("take from map " + name, -error);
      }
      return error == 0;
    }
  }

  int keySize() {
    synchronized (object) {
      object.requireOpen("map " + name);
      return calls.bpfMapKeySize(pointer);
    }
  }

  int valueSize() {
    synchronized (object) {
      object.requireOpen("map " + name);
      return calls.bpfMapValueSize(pointer);
    }
  }

  /** One batch of {@link MapScan}: 0, or {@code -errno}. */
  int lookupBatch(
      MemorySegment from,
      MemorySegment to,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count) {
    synchronized (object) {
      return calls.bpfMapLookupBatch(fd(), from, to, keys, values, count);
    }
  }

  /** What the kernel writes at a lookup, in bytes: bpf_map_value_size() in kernel/bpf/syscall.c. */
  private long lookupSize() {
    long size = Integer.toUnsignedLong(calls.bpfMapValueSize(pointer));
    return switch (calls.bpfMapType(pointer)) {
      case PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE ->
          (size + 7) / 8 * 8 * possibleCpus(calls);
      default -> size;
    };
  }

  /** How many values a per-CPU map has for a key: one for each CPU that may ever come online. */
  public static int possibleCpus() {
    try {
      return possibleCpus(PanamaCalls.instance());
    } catch (NativeUnavailableException e) {
      throw BpfException.because("count CPUs", e);
    }
  }

  private static int possibleCpus(NativeCalls calls) {
    int cpus = calls.libbpfNumPossibleCpus();
    if (cpus < 0) {
      throw BpfException.failed("read /sys/devices/system/cpu/possible", -cpus);
    }
    return cpus;
  }

  public NativeCalls calls() {
    return calls;
  }
}
