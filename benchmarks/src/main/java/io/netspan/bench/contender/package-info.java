/** What is measured: netspan in several settings, and others. */
@NullMarked
package io.netspan.bench.contender;

import org.jspecify.annotations.NullMarked;
