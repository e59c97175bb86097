/**
 * The types of the network: addresses, ends, states, and the facts about an open socket that a pass
 * of the kernel programs or polling can read.
 */
@NullMarked
package io.netspan.receiver.net;

import org.jspecify.annotations.NullMarked;
