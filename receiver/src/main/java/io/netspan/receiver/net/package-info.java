/**
 * The types of the network: addresses, ends, states, and what can be seen of an open socket from
 * outside, by the pass of the kernel programs or by polling.
 */
@NullMarked
package io.netspan.receiver.net;

import org.jspecify.annotations.NullMarked;
