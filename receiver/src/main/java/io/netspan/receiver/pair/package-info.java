/** Pairs both ends of a connection, where both are on this machine. */
@NullMarked
package io.netspan.receiver.pair;

import org.jspecify.annotations.NullMarked;
