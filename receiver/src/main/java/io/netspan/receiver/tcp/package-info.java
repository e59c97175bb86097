/**
 * Turns events into connections. This is a state machine without clock or I/O, so that all
 * lifecycles can be tested without a kernel.
 */
@NullMarked
package io.netspan.receiver.tcp;

import org.jspecify.annotations.NullMarked;
