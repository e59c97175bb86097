/** The Linux kernel apart from BPF: what its headers define. */
@NullMarked
package io.netspan.linux;

import org.jspecify.annotations.NullMarked;
