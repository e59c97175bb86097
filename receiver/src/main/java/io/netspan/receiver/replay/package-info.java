/** Recorded kernel events, from which the AOT cache learns what the agent does under load. */
@NullMarked
package io.netspan.receiver.replay;

import org.jspecify.annotations.NullMarked;
