/** Tests of the BTF reader, without a kernel. */
@NullMarked
package io.netspan.bpf.btf;

import org.jspecify.annotations.NullMarked;
