/**
 * Descriptors of this process, with the error numbers that Java's own streams do not give, and
 * files that are checked and read by descriptor.
 */
@NullMarked
package io.netspan.linux.fd;

import org.jspecify.annotations.NullMarked;
