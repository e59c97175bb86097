/** The encoding of spans for OTLP, from their numbers to the bytes of a request. */
@NullMarked
package io.netspan.receiver.otlp;

import org.jspecify.annotations.NullMarked;
