/** What the benchmark reads of this machine and sets up on it. */
@NullMarked
package io.netspan.bench.machine;

import org.jspecify.annotations.NullMarked;
