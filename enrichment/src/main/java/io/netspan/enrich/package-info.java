@NullMarked
package io.netspan.enrich;

import org.jspecify.annotations.NullMarked;
