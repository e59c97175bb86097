/**
 * The records that the kernel programs send, as {@code bpf/src/lib/events.h} declares them: one
 * layout for each, which a test and the start compare with the object's BTF, and one view for each,
 * which reads a record in place in the ring.
 *
 * <p>Views are reused for every record of their type and are valid only during the call that hands
 * them over; they copy nothing and allocate nothing.
 */
@NullMarked
package io.netspan.receiver.wire;

import org.jspecify.annotations.NullMarked;
