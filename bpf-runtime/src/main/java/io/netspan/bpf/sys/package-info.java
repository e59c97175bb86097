/**
 * The one door to native code: {@link io.netspan.bpf.sys.NativeCalls} has a method for each
 * function of libbpf and libc that this module calls, and {@link io.netspan.bpf.sys.PanamaCalls} is
 * the only class that links them. Nothing here decides anything; results are what the kernel gave.
 */
@NullMarked
package io.netspan.bpf.sys;

import org.jspecify.annotations.NullMarked;
