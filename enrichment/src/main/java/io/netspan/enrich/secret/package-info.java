/**
 * What comes from others, before it may be shown: secrets are cut, texts are bounded and harmless.
 * No I/O.
 */
@NullMarked
package io.netspan.enrich.secret;

import org.jspecify.annotations.NullMarked;
