/**
 * The processes that own connections: one {@link Workload} per process, and the table in which it
 * is looked up for an event.
 */
@NullMarked
package io.netspan.receiver.workload;

import org.jspecify.annotations.NullMarked;
