package io.netspan.bpf.object;

import io.netspan.bpf.sys.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * A program of a {@link BpfObject}, which owns it: after that is closed, every method but {@link
 * #name()} throws {@link IllegalStateException}.
 *
 * <p>Any thread.
 */
public final class BpfProgram {
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

  private static final long NO_LINK = 0;

  private final BpfObject object;
  private final NativeCalls calls;
  private final String name;
  private final long pointer;

  /** Creates any number of iterators; guarded by the object. */
  private long iteratorLink = NO_LINK;

  BpfProgram(BpfObject object, NativeCalls calls, String name, long pointer) {
    this.object = object;
    this.calls = calls;
    this.name = name;
    this.pointer = pointer;
  }

  public String name() {
    return name;
  }

  /**
   * Whether {@link BpfObject#load()} takes this program; before load.
   *
   * @throws BpfException if the object has been loaded
   */
  public void autoload(boolean load) {
    synchronized (object) {
      String what = "choose program " + name;
      object.requireNotLoaded(what);
      int error = calls.bpfProgramSetAutoload(pointer, load);
      if (error < 0) {
        throw BpfException.failed(what, -error);
      }
    }
  }

  /**
   * Attaches the program to what its section names.
   *
   * @throws BpfException if the kernel refuses
   */
  public BpfLink attach() {
    synchronized (object) {
      String what = "attach program " + name;
      requireLoaded(what);
      try (LibbpfLog.Capture log = LibbpfLog.capture()) {
        long link = calls.bpfProgramAttach(pointer);
        requireLink(what, link, log.messages());
        return object.own(new TracingLink(object, calls, name, link));
      }
    }
  }

  /**
   * Attaches the program to a cgroup and all below it, beside what is attached there.
   *
   * @param cgroup a directory of a v2 hierarchy
   * @throws BpfException if the directory cannot be opened, or the kernel refuses
   */
  public BpfLink attach(Path cgroup) {
    synchronized (object) {
      String what = "attach program " + name + " to " + cgroup;
      requireLoaded(what);
      int directory = calls.open(cgroup.toString(), O_RDONLY | O_CLOEXEC);
      if (directory < 0) {
        throw BpfException.failed(what + ": open", -directory);
      }
      try (LibbpfLog.Capture log = LibbpfLog.capture()) {
        long link = calls.bpfProgramAttachCgroup(pointer, directory);
        requireLink(what, link, log.messages());
        return object.own(new CgroupLink(object, calls, name, link));
      } finally {
        calls.close(directory);
      }
    }
  }

  /**
   * Begins a walk of an iterator program that writes records of one size.
   *
   * @param recordSize in bytes
   * @throws BpfException if the kernel refuses
   */
  public BpfIterator iterate(int recordSize) {
    return iterate((_, _, _) -> recordSize);
  }

  /**
   * Begins a walk of an iterator program.
   *
   * @throws BpfException if the kernel refuses
   */
  public BpfIterator iterate(BpfIterator.RecordSizes sizes) {
    synchronized (object) {
      String what = "walk " + name;
      requireLoaded(what);
      if (iteratorLink == NO_LINK) {
        long link = calls.bpfProgramAttachIter(pointer, MemorySegment.NULL);
        requireLink("attach program " + name, link, List.of());
        iteratorLink = link;
      }
      int fd = calls.bpfIterCreate(calls.bpfLinkFd(iteratorLink));
      if (fd < 0) {
        throw BpfException.failed(what + ": BPF_ITER_CREATE", -fd);
      }
      return new BpfIterator(calls, name, fd, sizes);
    }
  }

  /**
   * Runs a raw_tp program once, on this thread: its "current task" is the caller.
   *
   * @param arguments what it finds in its context, at most 12; those that are not given are 0
   * @throws BpfException if the kernel refuses
   */
  public void run(long... arguments) {
    synchronized (object) {
      String what = "run program " + name;
      requireLoaded(what);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment context = arena.allocate(ValueLayout.JAVA_LONG, RAW_TRACEPOINT_ARGUMENTS);
        for (int i = 0; i < arguments.length; i++) {
          context.setAtIndex(ValueLayout.JAVA_LONG, i, arguments[i]);
        }
        int error = calls.bpfProgTestRunOpts(calls.bpfProgramFd(pointer), context);
        if (error < 0) {
          throw LoadFailure.of(what, -error, List.of());
        }
      }
    }
  }

  /**
   * How often the kernel skipped a run because the program was already running on the same CPU.
   * Kernels whose {@code struct bpf_prog_info} ends before the counter leave it 0; they do not skip
   * runs of tracepoint programs.
   *
   * @throws BpfException if the kernel refuses
   */
  public long missedRuns() {
    synchronized (object) {
      String what = "count missed runs of program " + name;
      requireLoaded(what);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment info = arena.allocate(PROG_INFO, Long.BYTES);
        int error = calls.bpfObjGetInfoByFd(calls.bpfProgramFd(pointer), info);
        if (error < 0) {
          throw BpfException.failed(what, -error);
        }
        return info.get(ValueLayout.JAVA_LONG, RECURSION_MISSES);
      }
    }
  }

  private void requireLoaded(String what) {
    object.requireLoaded(what);
    if (!calls.bpfProgramAutoload(pointer)) {
      throw new BpfException(what + ": it was left out at load");
    }
  }

  private static void requireLink(String what, long link, List<String> messages) {
    if (link <= 0) {
      throw LoadFailure.of(what, (int) -link, messages);
    }
  }

  /** Called by the object when it is closed. */
  void closeIterator() {
    if (iteratorLink != NO_LINK) {
      calls.bpfLinkDestroy(iteratorLink);
      iteratorLink = NO_LINK;
    }
  }
}
