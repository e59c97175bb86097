/** The ring buffer between kernel and user space, and what wakes its reader. */
@NullMarked
package io.netspan.bpf.ring;

import org.jspecify.annotations.NullMarked;
