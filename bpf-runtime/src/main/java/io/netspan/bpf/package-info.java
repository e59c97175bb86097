@NullMarked
package io.netspan.bpf;

import org.jspecify.annotations.NullMarked;
