/** Unit tests of the names taken from command lines and OpenTelemetry settings. */
@NullMarked
package io.netspan.enrich.name;

import org.jspecify.annotations.NullMarked;
