package io.netspan.bpf.object;

import io.netspan.bpf.sys.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fake libbpf and libc without a kernel: every call succeeds unless the test sets an error, and
 * is recorded under its C name. Pointers and descriptors are small numbers, given out in order.
 */
public final class FakeCalls implements NativeCalls {

  public static final int ARRAY = 2;
  static final int PERCPU_ARRAY = 6;
  static final int RINGBUF = 27;

  /** The calls that change something, with their arguments. */
  public final List<String> log = new ArrayList<>();

  final MemorySegment rodata = Arena.ofAuto().allocate(4096);
  MemorySegment kernelInfo = MemorySegment.ofArray(new long[29]);
  final List<MemorySegment> mapped = new ArrayList<>();
  public long[] readyNext = {};
  public int mapType = RINGBUF;
  int valueSize = 8;
  int keySize = 4;
  int maxEntries = 4096;
  byte fill = 7;
  int entries;

  private final Map<String, Integer> errors = new HashMap<>();
  private final Map<String, Integer> failingOnce = new HashMap<>();
  private final Map<String, Integer> skips = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();
  private final Map<String, Boolean> autoload = new HashMap<>();
  private @Nullable Print print;
  private int nextFd = 100;

  public FakeCalls fail(String function, int errno) {
    errors.put(function, errno);
    return this;
  }

  /** The first calls succeed. */
  public FakeCalls failAfter(int successes, String function, int errno) {
    skips.put(function, successes);
    return fail(function, errno);
  }

  /** The next call fails, those after it succeed. */
  FakeCalls failOnce(String function, int errno) {
    failingOnce.put(function, errno);
    return this;
  }

  FakeCalls prints(String message) {
    messages.add(message);
    return this;
  }

  private int result(String function, int success) {
    Integer once = failingOnce.remove(function);
    if (once != null) {
      return -once;
    }
    int skip = skips.merge(function, -1, Integer::sum);
    Integer error = errors.get(function);
    if (error != null && skip < 0) {
      Print sink = print;
      if (sink != null) {
        messages.forEach(message -> sink.message(LIBBPF_WARN, message));
      }
      return -error;
    }
    return success;
  }

  private int logged(String function, Object about, int success) {
    log.add(function + " " + about);
    return result(function, success);
  }

  private long pointer(String function, String name) {
    if (name.startsWith("missing")) {
      return -2;
    }
    names.add(name);
    return result(function, names.size());
  }

  private String name(long pointer) {
    return names.get((int) pointer - 1);
  }

  @Override
  public void libbpfSetPrint(Print sink) {
    print = sink;
  }

  @Override
  public long bpfObjectOpenMem(MemorySegment elf, String name) {
    return pointer("bpf_object__open_mem", name);
  }

  @Override
  public int bpfObjectLoad(long object) {
    return logged("bpf_object__load", name(object), 0);
  }

  @Override
  public void bpfObjectClose(long object) {
    log.add("bpf_object__close " + name(object));
  }

  @Override
  public long bpfObjectFindMapByName(long object, String name) {
    return pointer("bpf_object__find_map_by_name", name);
  }

  @Override
  public long bpfObjectFindProgramByName(long object, String name) {
    return pointer("bpf_object__find_program_by_name", name);
  }

  @Override
  public int bpfMapFd(long map) {
    return 50;
  }

  @Override
  public int bpfMapType(long map) {
    return mapType;
  }

  @Override
  public int bpfMapKeySize(long map) {
    return keySize;
  }

  @Override
  public int bpfMapValueSize(long map) {
    return valueSize;
  }

  @Override
  public int bpfMapSetMaxEntries(long map, int entries) {
    maxEntries = entries;
    return logged("bpf_map__set_max_entries", name(map) + " " + entries, 0);
  }

  @Override
  public int bpfMapMaxEntries(long map) {
    return maxEntries;
  }

  @Override
  public MemorySegment bpfMapInitialValue(long map) {
    return rodata;
  }

  @Override
  public int bpfMapLookupElem(int fd, MemorySegment key, MemorySegment value) {
    value.fill(fill);
    return result("bpf_map_lookup_elem", 0);
  }

  @Override
  public int bpfMapUpdateElem(int fd, MemorySegment key, MemorySegment value, long flags) {
    return result("bpf_map_update_elem", 0);
  }

  @Override
  public int bpfMapReuseFd(long map, int fd) {
    return logged("bpf_map__reuse_fd", name(map) + " " + fd, 0);
  }

  @Override
  public int bpfMapDeleteElem(int fd, MemorySegment key) {
    return result("bpf_map_delete_elem", 0);
  }

  @Override
  public int bpfMapLookupAndDeleteElem(int fd, MemorySegment key, MemorySegment value) {
    value.fill(fill);
    return result("bpf_map_lookup_and_delete_elem", 0);
  }

  /** Full batches of bytes that count up, until all {@link #entries} were given. */
  @Override
  public int bpfMapLookupBatch(
      int fd,
      MemorySegment inBatch,
      MemorySegment outBatch,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count) {
    int failed = logged("bpf_map_lookup_batch", count.get(ValueLayout.JAVA_INT, 0), 0);
    if (failed < 0) {
      return failed;
    }
    int from = inBatch.address() == 0 ? 0 : inBatch.get(ValueLayout.JAVA_INT, 0);
    int given = Math.min(entries - from, count.get(ValueLayout.JAVA_INT, 0));
    for (int i = 0; i < given; i++) {
      keys.asSlice((long) i * keySize, keySize).fill((byte) (from + i));
      values.asSlice((long) i * valueSize, valueSize).fill((byte) (from + i));
    }
    count.set(ValueLayout.JAVA_INT, 0, given);
    outBatch.set(ValueLayout.JAVA_INT, 0, from + given);
    return from + given == entries ? -2 : 0;
  }

  @Override
  public int bpfProgramSetAutoload(long program, boolean load) {
    autoload.put(name(program), load);
    return logged("bpf_program__set_autoload", name(program) + " " + load, 0);
  }

  @Override
  public boolean bpfProgramAutoload(long program) {
    return autoload.getOrDefault(name(program), true);
  }

  @Override
  public int bpfProgramFd(long program) {
    return 60;
  }

  @Override
  public int bpfObjGetInfoByFd(int fd, MemorySegment info) {
    MemorySegment known = info.asSlice(0, Math.min(info.byteSize(), kernelInfo.byteSize()));
    known.copyFrom(kernelInfo.asSlice(0, known.byteSize()));
    return result("bpf_obj_get_info_by_fd", 0);
  }

  @Override
  public long bpfProgramAttach(long program) {
    log.add("bpf_program__attach " + name(program));
    return pointer("bpf_program__attach", "link of " + name(program));
  }

  @Override
  public long bpfProgramAttachCgroup(long program, int cgroupFd) {
    log.add("bpf_program__attach_cgroup " + name(program) + " " + cgroupFd);
    return pointer("bpf_program__attach_cgroup", "link of " + name(program));
  }

  @Override
  public long bpfProgramAttachIter(long program, MemorySegment linkInfo) {
    return pointer("bpf_program__attach_iter", "link of " + name(program));
  }

  @Override
  public int bpfLinkFd(long link) {
    return 70;
  }

  @Override
  public int bpfLinkDestroy(long link) {
    return logged("bpf_link__destroy", name(link), 0);
  }

  @Override
  public int bpfIterCreate(int linkFd) {
    return result("bpf_iter_create", nextFd++);
  }

  @Override
  public int bpfProgTestRunOpts(int fd, MemorySegment context) {
    return logged("bpf_prog_test_run_opts", fd, 0);
  }

  @Override
  public int libbpfNumPossibleCpus() {
    return result("libbpf_num_possible_cpus", 3);
  }

  @Override
  public long mmap(long address, long length, int prot, int flags, int fd, long offset) {
    MemorySegment memory = Arena.ofAuto().allocate(length, 4096);
    mapped.add(memory);
    int result = logged("mmap", length + " at " + offset, 0);
    return result < 0 ? result : memory.address();
  }

  @Override
  public int munmap(long address, long length) {
    return logged("munmap", length, 0);
  }

  @Override
  public MemorySegment memory(long address, long length, Arena arena) {
    return mapped.stream().filter(m -> m.address() == address).findFirst().orElseThrow();
  }

  @Override
  public int epollCreate1(int flags) {
    return logged("epoll_create1", nextFd, nextFd++);
  }

  @Override
  public int epollCtl(int epollFd, int operation, int fd, int events, long data) {
    return logged("epoll_ctl", fd, 0);
  }

  @Override
  public int epollWait(int epollFd, long[] data, int timeoutMillis) {
    int failed = logged("epoll_wait", timeoutMillis, 0);
    errors.remove("epoll_wait"); // once
    System.arraycopy(readyNext, 0, data, 0, readyNext.length);
    return failed < 0 ? failed : readyNext.length;
  }

  @Override
  public int eventfd(int initial, int flags) {
    return logged("eventfd", nextFd, nextFd++);
  }

  @Override
  public int open(String path, int flags) {
    return logged("open", path, nextFd++);
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return logged("read", fd, 8);
  }

  @Override
  public long write(int fd, MemorySegment buffer) {
    return logged("write", fd, 8);
  }

  @Override
  public int close(int fd) {
    return logged("close", fd, 0);
  }

  @Override
  public long pageSize() {
    return 4096;
  }
}
