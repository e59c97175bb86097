@NullMarked
package io.netspan.enrich.cgroup;

import org.jspecify.annotations.NullMarked;
