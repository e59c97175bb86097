/**
 * What procfs says of a process, and who has which socket open: the only package here that reads
 * files.
 */
@NullMarked
package io.netspan.enrich.proc;

import org.jspecify.annotations.NullMarked;
