/**
 * All access to native code: {@link io.netspan.bpf.sys.NativeCalls} has a method for each function
 * of libbpf and libc that loading and reading BPF takes, and {@link
 * io.netspan.bpf.sys.NetlinkCalls} one for each that netlink takes, which needs no libbpf. Nothing
 * here decides anything; results are what the kernel gave.
 */
@NullMarked
package io.netspan.bpf.sys;

import org.jspecify.annotations.NullMarked;
