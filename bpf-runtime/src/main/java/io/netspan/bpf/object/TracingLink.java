package io.netspan.bpf.object;

import io.netspan.bpf.sys.NativeCalls;
import java.lang.foreign.MemorySegment;

/** A link to a tracepoint or a kernel function. Nothing but its owner can detach it. */
public final class TracingLink extends BpfLink {
  TracingLink(BpfObject object, NativeCalls calls, String program, long pointer) {
    super(object, calls, program, pointer);
  }

  @Override
  void requireAttached(MemorySegment info) {}
}
