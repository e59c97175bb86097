package io.netspan.bpf.object;

import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.BtfException;
import io.netspan.bpf.btf.BtfVariable;
import io.netspan.bpf.sys.NativeCalls;
import io.netspan.bpf.sys.NativeUnavailableException;
import io.netspan.bpf.sys.PanamaCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A compiled BPF object: opened, set up, loaded into the kernel, attached, closed.
 *
 * <p>Nothing is pinned. The kernel drops programs, maps and links when their last descriptor
 * closes, so a process that is killed leaves nothing behind.
 *
 * <p>Any thread; calls exclude one another, as libbpf wants it for one object. After {@link
 * #close()} every method but {@link #btf()} throws {@link IllegalStateException}.
 */
public final class BpfObject implements AutoCloseable {

  private enum State {
    OPEN,
    LOADED,
    FAILED,
    CLOSED
  }

  private static final String RODATA = ".rodata";

  // include/uapi/asm-generic/fcntl.h
  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 02000000;

  /** {@code MAX_BPF_FUNC_ARGS}: what a raw tracepoint's program may read of its context. */
  private static final int RAW_TRACEPOINT_ARGUMENTS = 12;

  /**
   * {@code recursion_misses} (__u64) of the user ABI's {@code struct bpf_prog_info}, which only
   * grows at its end; there since Linux 5.12.
   */
  private static final long RECURSION_MISSES = 208;

  private static final long PROG_INFO = RECURSION_MISSES + Long.BYTES;

  // struct bpf_link_info of include/uapi/linux/bpf.h, to the end of its member cgroup
  private static final long LINK_INFO = 32;
  private static final long LINK_TYPE = 0;
  private static final long LINK_CGROUP_ID = 16;
  private static final int BPF_LINK_TYPE_CGROUP = 3;

  private final NativeCalls calls;
  private final String name;
  private final Btf btf;
  private final Arena elf;
  private final long pointer;
  private final Deque<Long> links = new ArrayDeque<>();
  private final Map<String, Long> iterators = new HashMap<>();
  private State state = State.OPEN;

  private BpfObject(NativeCalls calls, String name, Btf btf, Arena elf, long pointer) {
    this.calls = calls;
    this.name = name;
    this.btf = btf;
    this.elf = elf;
    this.pointer = pointer;
  }

  /**
   * Parses an object; nothing reaches the kernel yet.
   *
   * @param name for messages, and the prefix of its data sections' maps in the kernel
   * @param elf as compiled by clang with -target bpf -g
   * @throws BpfException if native code cannot be reached, or this is no such object
   */
  public static BpfObject open(String name, byte[] elf) {
    try {
      return open(name, elf, PanamaCalls.instance());
    } catch (NativeUnavailableException e) {
      throw BpfException.because("open object " + name, e);
    }
  }

  public static BpfObject open(String name, byte[] elf, NativeCalls calls) {
    Btf btf = parse(name, elf);
    calls.libbpfSetPrint(LibbpfLog.SHARED);
    Arena arena = Arena.ofShared();
    try (LibbpfLog.Capture log = LibbpfLog.capture()) {
      MemorySegment bytes =
          arena.allocate(elf.length, Long.BYTES).copyFrom(MemorySegment.ofArray(elf));
      long pointer = calls.bpfObjectOpenMem(bytes, name);
      if (pointer > 0) {
        return new BpfObject(calls, name, btf, arena, pointer);
      }
      arena.close();
      throw LoadFailure.of("open object " + name, (int) -pointer, log.messages());
    }
  }

  private static Btf parse(String name, byte[] elf) {
    try {
      return Btf.of(elf);
    } catch (BtfException e) {
      throw BpfException.because("open object " + name, e);
    }
  }

  /** The object's own types; also after {@link #close()}. */
  public Btf btf() {
    return btf;
  }

  /**
   * Sets a {@code const volatile} integer, before load. The verifier knows its value then, and
   * drops the branches that it rules out.
   *
   * @throws BpfException if there is none of that name, or the value does not fit it
   */
  public synchronized void constant(String variable, long value) {
    String what = "set constant " + variable;
    requireNotLoaded(what);
    BtfVariable found =
        btf.variables(RODATA).stream()
            .filter(v -> v.name().equals(variable))
            .findFirst()
            .orElseThrow(
                () -> new BpfException(what + ": no such variable in " + RODATA + " of " + name));
    MemorySegment image = calls.bpfMapInitialValue(findMap(RODATA));
    if (image.byteSize() < (long) found.offset() + found.size()) {
      throw new BpfException(what + ": " + RODATA + " of " + name + " ends before it");
    }
    write(what, image.asSlice(found.offset(), found.size()), value);
  }

  private static void write(String what, MemorySegment place, long value) {
    int size = (int) place.byteSize();
    if (size != 1 && size != 2 && size != 4 && size != 8) {
      throw new BpfException(what + ": it is no integer, but has " + size + " bytes");
    }
    int unused = Long.SIZE - 8 * size;
    boolean fits = value << unused >> unused == value || value << unused >>> unused == value;
    if (!fits) {
      throw new BpfException(what + ": " + value + " does not fit " + size + " bytes");
    }
    switch (size) {
      case 1 -> place.set(ValueLayout.JAVA_BYTE, 0, (byte) value);
      case 2 -> place.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) value);
      case 4 -> place.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) value);
      default -> place.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
    }
  }

  /** Whether {@link #load()} takes this program; before load. */
  public synchronized void autoload(String program, boolean load) {
    requireNotLoaded("choose program " + program);
    int error = calls.bpfProgramSetAutoload(findProgram(program), load);
    if (error < 0) {
      throw new BpfException("choose program " + program + ": " + Errno.describe(-error));
    }
  }

  /**
   * The map of this name.
   *
   * @throws BpfException if the object has none
   */
  public synchronized BpfMap map(String map) {
    requireOpen("find map " + map);
    return new BpfMap(this, calls, map, findMap(map));
  }

  /**
   * Creates the maps and loads the programs. An object whose load failed can only be closed.
   *
   * @throws VerifierException if the verifier rejected a program
   * @throws BpfException for all other reasons
   */
  public synchronized void load() {
    requireNotLoaded("load object " + name);
    try (LibbpfLog.Capture log = LibbpfLog.capture()) {
      int error = calls.bpfObjectLoad(pointer);
      if (error < 0) {
        state = State.FAILED;
        throw LoadFailure.of("load object " + name, -error, log.messages());
      }
      state = State.LOADED;
    }
  }

  /** Attaches a loaded program to what its section names, until {@link #close()}. */
  public synchronized void attach(String program) {
    requireLoaded("attach program " + program);
    long programPointer = findLoaded("attach", program);
    try (LibbpfLog.Capture log = LibbpfLog.capture()) {
      long link = calls.bpfProgramAttach(programPointer);
      if (link <= 0) {
        throw LoadFailure.of("attach program " + program, (int) -link, log.messages());
      }
      links.push(link);
    }
  }

  /**
   * Attaches a loaded program to a cgroup and all below it, beside what is attached there, until
   * {@link #close()}.
   *
   * @param cgroup a directory of a v2 hierarchy
   */
  public synchronized void attach(String program, Path cgroup) {
    String what = "attach program " + program + " to " + cgroup;
    requireLoaded(what);
    long programPointer = findLoaded("attach", program);
    int directory = calls.open(cgroup.toString(), O_RDONLY | O_CLOEXEC);
    if (directory < 0) {
      throw new BpfException(what + ": open: " + Errno.describe(-directory));
    }
    try (LibbpfLog.Capture log = LibbpfLog.capture()) {
      long link = calls.bpfProgramAttachCgroup(programPointer, directory);
      if (link <= 0) {
        throw LoadFailure.of(what, (int) -link, log.messages());
      }
      links.push(link);
    } finally {
      calls.close(directory);
    }
  }

  /**
   * Begins a walk of a loaded iterator program.
   *
   * @param recordSize what the program writes at a time, in bytes
   */
  public synchronized BpfIterator iterate(String program, int recordSize) {
    requireLoaded("walk " + program);
    Long link = iterators.get(program);
    if (link == null) {
      link = calls.bpfProgramAttachIter(findLoaded("walk", program), MemorySegment.NULL);
      if (link <= 0) {
        throw LoadFailure.of("attach program " + program, (int) -link, List.of());
      }
      iterators.put(program, link);
    }
    int fd = calls.bpfIterCreate(calls.bpfLinkFd(link));
    if (fd < 0) {
      throw new BpfException("walk " + program + ": BPF_ITER_CREATE: " + Errno.describe(-fd));
    }
    return new BpfIterator(calls, program, fd, recordSize);
  }

  /**
   * Whether the kernel still knows what was attached, each by its link. That of a cgroup can be
   * detached by anyone who may open it, and when the cgroup is removed; it stays, without a cgroup.
   *
   * @throws BpfException that names the first link that is gone
   */
  public synchronized void requireAttached() {
    requireLoaded("look after links");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(LINK_INFO, Long.BYTES);
      for (long link : links) {
        int error = calls.bpfObjGetInfoByFd(calls.bpfLinkFd(link), info.fill((byte) 0));
        if (error < 0) {
          throw new BpfException("a link of " + name + " is gone: " + Errno.describe(-error));
        }
        if (info.get(ValueLayout.JAVA_INT, LINK_TYPE) == BPF_LINK_TYPE_CGROUP
            && info.get(ValueLayout.JAVA_LONG, LINK_CGROUP_ID) == 0) {
          throw new BpfException("a link of " + name + " was detached from its cgroup");
        }
      }
    }
  }

  /**
   * Runs a loaded raw_tp program once, on this thread: its "current task" is the caller.
   *
   * @param arguments what it finds in its context; those that are not given are 0
   */
  public synchronized void run(String program, long... arguments) {
    requireLoaded("run program " + program);
    int fd = calls.bpfProgramFd(findLoaded("run", program));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment context = arena.allocate(ValueLayout.JAVA_LONG, RAW_TRACEPOINT_ARGUMENTS);
      for (int i = 0; i < arguments.length; i++) {
        context.setAtIndex(ValueLayout.JAVA_LONG, i, arguments[i]);
      }
      int error = calls.bpfProgTestRunOpts(fd, context);
      if (error < 0) {
        throw LoadFailure.of("run program " + program, -error, List.of());
      }
    }
  }

  /**
   * How often the kernel left a run of a loaded program out, since the program was in the middle of
   * another run on the same CPU. A kernel whose {@code struct bpf_prog_info} ends before the count
   * leaves it 0; those do not leave out a tracepoint's program.
   */
  public synchronized long missedRuns(String program) {
    requireLoaded("count missed runs of program " + program);
    int fd = calls.bpfProgramFd(findLoaded("count missed runs of", program));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(PROG_INFO, Long.BYTES);
      int error = calls.bpfObjGetInfoByFd(fd, info);
      if (error < 0) {
        throw new BpfException(
            "count missed runs of program " + program + ": " + Errno.describe(-error));
      }
      return info.get(ValueLayout.JAVA_LONG, RECURSION_MISSES);
    }
  }

  private long findLoaded(String verb, String program) {
    long found = findProgram(program);
    if (!calls.bpfProgramAutoload(found)) {
      throw new BpfException(verb + " program " + program + ": it was left out at load");
    }
    return found;
  }

  private long findProgram(String program) {
    long found = calls.bpfObjectFindProgramByName(pointer, program);
    if (found <= 0) {
      throw new BpfException("find program " + program + ": none in object " + name);
    }
    return found;
  }

  private long findMap(String map) {
    long found = calls.bpfObjectFindMapByName(pointer, map);
    if (found <= 0) {
      throw new BpfException("find map " + map + ": none in object " + name);
    }
    return found;
  }

  void requireOpen(String what) {
    if (state == State.CLOSED) {
      throw new IllegalStateException(what + ": object " + name + " is closed");
    }
  }

  void requireNotLoaded(String what) {
    requireOpen(what);
    if (state != State.OPEN) {
      throw new BpfException(what + ": object " + name + " has been loaded before");
    }
  }

  void requireLoaded(String what) {
    requireOpen(what);
    if (state != State.LOADED) {
      throw new IllegalStateException(what + ": object " + name + " is not loaded");
    }
  }

  /**
   * Detaches what was attached, last first; programs and maps stay. The second time it does
   * nothing.
   */
  public synchronized void detach() {
    requireOpen("detach programs");
    links.forEach(calls::bpfLinkDestroy);
    links.clear();
  }

  /** Detaches in reverse order, then drops programs and maps; the second time it does nothing. */
  @Override
  public synchronized void close() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    links.forEach(calls::bpfLinkDestroy);
    links.clear();
    iterators.values().forEach(calls::bpfLinkDestroy);
    iterators.clear();
    calls.bpfObjectClose(pointer);
    elf.close();
  }
}
