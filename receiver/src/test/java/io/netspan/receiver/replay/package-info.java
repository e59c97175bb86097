@NullMarked
package io.netspan.receiver.replay;

import org.jspecify.annotations.NullMarked;
