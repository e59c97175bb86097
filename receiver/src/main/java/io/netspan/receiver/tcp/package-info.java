/**
 * From events to connections: a pure state machine without clock or I/O, so that the whole truth
 * table of lifecycles is tested without a kernel.
 */
@NullMarked
package io.netspan.receiver.tcp;

import org.jspecify.annotations.NullMarked;
