/**
 * Derives the name of a service from a process's command line, environment and systemd unit. No
 * I/O.
 */
@NullMarked
package io.netspan.enrich.name;

import org.jspecify.annotations.NullMarked;
