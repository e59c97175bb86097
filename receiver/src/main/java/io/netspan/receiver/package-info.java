/** What the parts of the receiver share: counters between threads. */
@NullMarked
package io.netspan.receiver;

import org.jspecify.annotations.NullMarked;
