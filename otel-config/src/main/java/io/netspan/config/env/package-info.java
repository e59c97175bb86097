/** The export settings of OpenTelemetry's standard environment variables, checked. */
@NullMarked
package io.netspan.config.env;

import org.jspecify.annotations.NullMarked;
