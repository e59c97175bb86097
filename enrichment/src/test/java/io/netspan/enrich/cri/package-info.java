@NullMarked
package io.netspan.enrich.cri;

import org.jspecify.annotations.NullMarked;
