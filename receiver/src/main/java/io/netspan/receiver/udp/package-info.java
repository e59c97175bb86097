/** UDP flows: from the kernel side's counts to their beginning, course and end; no I/O. */
@NullMarked
package io.netspan.receiver.udp;

import org.jspecify.annotations.NullMarked;
