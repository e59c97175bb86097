/** A source of events that exists only in tests, written as a separate package would be. */
@NullMarked
package io.netspan.receiver.lookup;

import org.jspecify.annotations.NullMarked;
