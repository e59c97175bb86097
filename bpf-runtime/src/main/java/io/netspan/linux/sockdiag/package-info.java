/**
 * What the kernel says about TCP connections over netlink, without BPF: sock_diag lists open
 * sockets and reports the last totals of destroyed ones, without privileges; conntrack knows how
 * addresses are translated.
 */
@NullMarked
package io.netspan.linux.sockdiag;

import org.jspecify.annotations.NullMarked;
