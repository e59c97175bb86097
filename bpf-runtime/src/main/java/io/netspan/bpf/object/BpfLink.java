package io.netspan.bpf.object;

import io.netspan.bpf.sys.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The attachment of a {@link BpfProgram}. It lasts until {@link #close}, or until its object is
 * closed. Any thread.
 */
public abstract sealed class BpfLink implements AutoCloseable permits TracingLink, CgroupLink {
  // struct bpf_link_info of include/uapi/linux/bpf.h, to the end of its member cgroup
  private static final long LINK_INFO = 32;

  private final BpfObject object;
  private final NativeCalls calls;
  private final String program;
  private final long pointer;
  private boolean closed;

  BpfLink(BpfObject object, NativeCalls calls, String program, long pointer) {
    this.object = object;
    this.calls = calls;
    this.program = program;
    this.pointer = pointer;
  }

  /** The name of the attached program. */
  public final String program() {
    return program;
  }

  /**
   * Requires that the kernel still has the program attached.
   *
   * @throws BpfException if it has not
   * @throws IllegalStateException after {@link #close}
   */
  public final void requireAttached() {
    synchronized (object) {
      if (closed) {
        throw new IllegalStateException("the link of program " + program + " is closed");
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment info = arena.allocate(LINK_INFO, Long.BYTES);
        int error = calls.bpfObjGetInfoByFd(calls.bpfLinkFd(pointer), info);
        if (error < 0) {
          throw BpfException.failed("the link of program " + program + " is gone", -error);
        }
        requireAttached(info);
      }
    }
  }

  /**
   * Checks the kernel's information about the link.
   *
   * @param info {@code struct bpf_link_info}
   * @throws BpfException if it is not attached any more
   */
  abstract void requireAttached(MemorySegment info);

  /** Detaches the program; the second time it does nothing. */
  @Override
  public final void close() {
    synchronized (object) {
      if (!closed) {
        closed = true;
        calls.bpfLinkDestroy(pointer);
        object.forget(this);
      }
    }
  }

  /** A number of the kernel's info, which is in this machine's byte order. */
  static long u64(MemorySegment info, long offset) {
    return info.get(ValueLayout.JAVA_LONG, offset);
  }
}
