/**
 * TCP sockets as the kernel tells them over netlink (sock_diag), without BPF and without
 * privileges: what is open now, and the last totals of what was destroyed.
 */
@NullMarked
package io.netspan.linux.sockdiag;

import org.jspecify.annotations.NullMarked;
