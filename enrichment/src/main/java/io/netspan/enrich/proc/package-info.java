/**
 * Reads processes and the holders of sockets from procfs; the only package of this module that
 * reads files.
 */
@NullMarked
package io.netspan.enrich.proc;

import org.jspecify.annotations.NullMarked;
