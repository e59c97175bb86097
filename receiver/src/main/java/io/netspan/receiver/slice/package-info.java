/**
 * Cuts connections that stay open into slices, so that they appear in traces while they are open.
 */
@NullMarked
package io.netspan.receiver.slice;

import org.jspecify.annotations.NullMarked;
