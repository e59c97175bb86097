/**
 * TCP sockets as the kernel reports them over netlink (sock_diag), without BPF and without
 * privileges: the open sockets, and the final counters of destroyed ones.
 */
@NullMarked
package io.netspan.linux.sockdiag;

import org.jspecify.annotations.NullMarked;
