/** BPF objects, loaded, attached and read through libbpf, with their maps and iterators. */
@NullMarked
package io.netspan.bpf.object;

import org.jspecify.annotations.NullMarked;
