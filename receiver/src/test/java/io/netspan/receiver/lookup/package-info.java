/** A source of events that only the tests have, as a package of its own would be. */
@NullMarked
package io.netspan.receiver.lookup;

import org.jspecify.annotations.NullMarked;
