/**
 * Connections without the kernel programs: what is open at one look and at the next, by netlink and
 * {@code /proc}, told to the tracker as a pass.
 */
@NullMarked
package io.netspan.receiver.poll;

import org.jspecify.annotations.NullMarked;
