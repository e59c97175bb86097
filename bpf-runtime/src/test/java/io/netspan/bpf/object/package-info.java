/** Tests of BPF objects and the ring buffer; those tagged {@code kernel} need root and a kernel. */
@NullMarked
package io.netspan.bpf.object;

import org.jspecify.annotations.NullMarked;
