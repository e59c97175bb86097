/** The benchmark of the whole agent: what is run, in which order. */
@NullMarked
package io.netspan.bench;

import org.jspecify.annotations.NullMarked;
