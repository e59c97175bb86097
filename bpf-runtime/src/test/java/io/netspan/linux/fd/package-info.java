@NullMarked
package io.netspan.linux.fd;

import org.jspecify.annotations.NullMarked;
