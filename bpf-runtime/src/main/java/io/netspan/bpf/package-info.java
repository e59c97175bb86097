/**
 * BPF objects, their maps and the ring buffer: the agent's interface to the kernel. Callers need no
 * file descriptors or error numbers, and see shared memory only as a segment lent to a {@link
 * io.netspan.bpf.RecordConsumer}.
 */
@NullMarked
package io.netspan.bpf;

import org.jspecify.annotations.NullMarked;
