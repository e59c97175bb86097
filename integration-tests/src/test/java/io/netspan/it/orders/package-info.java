/** A service of the tests, as somebody writes one who has never heard of tracing. */
@NullMarked
package io.netspan.it.orders;

import org.jspecify.annotations.NullMarked;
