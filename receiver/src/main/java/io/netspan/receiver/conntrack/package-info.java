/** Where this machine's kernel sends the connections that it translates. */
@NullMarked
package io.netspan.receiver.conntrack;

import org.jspecify.annotations.NullMarked;
