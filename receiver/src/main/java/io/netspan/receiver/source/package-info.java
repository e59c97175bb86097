/** Sources of events: what one is, how it is supervised, and what all of them lose. */
@NullMarked
package io.netspan.receiver.source;

import org.jspecify.annotations.NullMarked;
