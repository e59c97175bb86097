/** The command line. */
@NullMarked
package io.netspan.receiver.cli;

import org.jspecify.annotations.NullMarked;
