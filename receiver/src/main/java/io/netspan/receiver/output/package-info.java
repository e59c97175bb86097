/**
 * What is printed: a line per connection side, and the log. Everything that processes choose is
 * harmless on a terminal.
 */
@NullMarked
package io.netspan.receiver.output;

import org.jspecify.annotations.NullMarked;
