/** Reads JSON of other people as a stream: bounded, and only what is wanted takes memory. */
@NullMarked
package io.netspan.enrich.json;

import org.jspecify.annotations.NullMarked;
