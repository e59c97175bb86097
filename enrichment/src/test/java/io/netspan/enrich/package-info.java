/** How what several sources know about a process is merged. */
@NullMarked
package io.netspan.enrich;

import org.jspecify.annotations.NullMarked;
