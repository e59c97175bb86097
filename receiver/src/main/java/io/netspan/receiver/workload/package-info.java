/**
 * Who owns connections: one {@link Workload} per process, and the table in which events find it.
 */
@NullMarked
package io.netspan.receiver.workload;

import org.jspecify.annotations.NullMarked;
