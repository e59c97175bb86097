@NullMarked
package io.netspan.enrich.docker;

import org.jspecify.annotations.NullMarked;
