/** Turns the kernel side's counts into UDP flows that begin, go on and end. Without I/O. */
@NullMarked
package io.netspan.receiver.udp;

import org.jspecify.annotations.NullMarked;
