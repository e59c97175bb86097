/**
 * All access to native code: {@link io.netspan.bpf.sys.NativeCalls} has a method for each function
 * of libbpf and libc that loading and reading BPF takes. {@link io.netspan.bpf.sys.NetlinkCalls},
 * {@link io.netspan.bpf.sys.DescriptorCalls} and {@link io.netspan.bpf.sys.FileCalls} have those of
 * netlink, of open descriptors and of files, which need no libbpf. Nothing here decides anything;
 * results are what the kernel gave.
 */
@NullMarked
package io.netspan.bpf.sys;

import org.jspecify.annotations.NullMarked;
