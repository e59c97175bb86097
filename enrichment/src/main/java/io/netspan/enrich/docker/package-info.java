/** The Engine API of Docker, which podman speaks too, over a unix domain socket. */
@NullMarked
package io.netspan.enrich.docker;

import org.jspecify.annotations.NullMarked;
