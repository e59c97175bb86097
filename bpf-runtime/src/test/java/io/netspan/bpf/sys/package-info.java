/** Tests of the native calls that need no privileges. */
@NullMarked
package io.netspan.bpf.sys;

import org.jspecify.annotations.NullMarked;
