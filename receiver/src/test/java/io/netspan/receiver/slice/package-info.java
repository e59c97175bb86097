/** Tests of slices, with the tracker and the pairing before them and the spans behind. */
@NullMarked
package io.netspan.receiver.slice;

import org.jspecify.annotations.NullMarked;
