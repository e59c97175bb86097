/** Unit tests on a made-up procfs in a temporary directory, and one on the real procfs. */
@NullMarked
package io.netspan.enrich.name;

import org.jspecify.annotations.NullMarked;
