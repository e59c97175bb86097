/**
 * What is printed: one line per side of a connection, and the log. Text that processes choose is
 * made harmless for a terminal.
 */
@NullMarked
package io.netspan.receiver.output;

import org.jspecify.annotations.NullMarked;
