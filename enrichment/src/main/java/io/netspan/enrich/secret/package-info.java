/**
 * Cleans text of unknown origin before it is shown: cuts secrets, bounds lengths and replaces
 * harmful characters. No I/O.
 */
@NullMarked
package io.netspan.enrich.secret;

import org.jspecify.annotations.NullMarked;
