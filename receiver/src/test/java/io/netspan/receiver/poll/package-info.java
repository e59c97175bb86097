/** Tests of polling: its arithmetic with invented numbers, and all of it on the real kernel. */
@NullMarked
package io.netspan.receiver.poll;

import org.jspecify.annotations.NullMarked;
