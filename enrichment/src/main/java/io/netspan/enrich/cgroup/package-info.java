/**
 * What the paths of a process's cgroups say: which of them is the telling one, and which container
 * it is of.
 */
@NullMarked
package io.netspan.enrich.cgroup;

import org.jspecify.annotations.NullMarked;
