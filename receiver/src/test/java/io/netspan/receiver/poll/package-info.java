/** Tests of polling: the arithmetic on made-up numbers, and the whole on the real kernel. */
@NullMarked
package io.netspan.receiver.poll;

import org.jspecify.annotations.NullMarked;
