/** What a process's command line, environment and unit say of the name of its service. No I/O. */
@NullMarked
package io.netspan.enrich.name;

import org.jspecify.annotations.NullMarked;
