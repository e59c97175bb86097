package io.netspan.bpf.object;

import io.netspan.bpf.sys.NativeCalls;
import java.lang.foreign.MemorySegment;

/**
 * A link to a cgroup. Anyone who may open it can detach it, and so does the kernel when the cgroup
 * is removed; the link stays then, without a cgroup.
 */
public final class CgroupLink extends BpfLink {
  /** {@code cgroup.cgroup_id} (__u64) of the user ABI's {@code struct bpf_link_info}. */
  private static final long CGROUP_ID = 16;

  CgroupLink(BpfObject object, NativeCalls calls, String program, long pointer) {
    super(object, calls, program, pointer);
  }

  @Override
  void requireAttached(MemorySegment info) {
    if (u64(info, CGROUP_ID) == 0) {
      throw new BpfException("the link of program " + program() + " was detached from its cgroup");
    }
  }
}
