/** The kernel's clocks. */
@NullMarked
package io.netspan.linux.clock;

import org.jspecify.annotations.NullMarked;
