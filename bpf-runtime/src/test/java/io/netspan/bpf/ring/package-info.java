/** Tests of BPF objects and the ring buffer; those tagged {@code kernel} need root and a kernel. */
@NullMarked
package io.netspan.bpf.ring;

import org.jspecify.annotations.NullMarked;
