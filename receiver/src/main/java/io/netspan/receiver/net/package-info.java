/**
 * What can be seen of an open socket from outside, whoever looks: the pass of the kernel programs,
 * or the fallback.
 */
@NullMarked
package io.netspan.receiver.net;

import org.jspecify.annotations.NullMarked;
