/** Unit tests of cutting secrets out of command lines and of making untrusted text harmless. */
@NullMarked
package io.netspan.enrich.secret;

import org.jspecify.annotations.NullMarked;
