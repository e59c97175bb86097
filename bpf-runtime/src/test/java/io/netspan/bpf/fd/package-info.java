@NullMarked
package io.netspan.bpf.fd;

import org.jspecify.annotations.NullMarked;
