/** Figures: how they are summed up, stored, printed and compared. */
@NullMarked
package io.netspan.bench.result;

import org.jspecify.annotations.NullMarked;
