@NullMarked
package io.netspan.enrich.container;

import org.jspecify.annotations.NullMarked;
