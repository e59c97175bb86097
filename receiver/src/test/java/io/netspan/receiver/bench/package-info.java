/** What an event costs; {@code make bench} runs it. */
@NullMarked
package io.netspan.receiver.bench;

import org.jspecify.annotations.NullMarked;
