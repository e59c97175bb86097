/**
 * Connections without the kernel programs: repeated scans of the open sockets by netlink and {@code
 * /proc}, which the tracker gets as passes.
 */
@NullMarked
package io.netspan.receiver.poll;

import org.jspecify.annotations.NullMarked;
