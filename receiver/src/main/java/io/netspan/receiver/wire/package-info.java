/**
 * The records that the kernel programs send, as {@code bpf/src/lib/events.h} declares them: each
 * layout once, by name, compared with the object's BTF in a test and at start, and a view over each
 * that reads a record where it lies in the ring.
 *
 * <p>Views are reused for every record of their type and are valid only during the call that hands
 * them over; they copy nothing and allocate nothing.
 */
@NullMarked
package io.netspan.receiver.wire;

import org.jspecify.annotations.NullMarked;
