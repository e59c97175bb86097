/** The loads, and what is measured under each. */
@NullMarked
package io.netspan.bench.workload;

import org.jspecify.annotations.NullMarked;
