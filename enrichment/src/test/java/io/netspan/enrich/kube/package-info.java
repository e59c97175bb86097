@NullMarked
package io.netspan.enrich.kube;

import org.jspecify.annotations.NullMarked;
