/**
 * BPF objects, their maps and the ring buffer: what the agent uses of the kernel. No descriptor and
 * no error number is needed to use it, and memory leaves it only as a segment lent to a {@link
 * io.netspan.bpf.RecordConsumer}.
 */
@NullMarked
package io.netspan.bpf;

import org.jspecify.annotations.NullMarked;
