/**
 * What container runtimes say about the containers that processes live in. {@link
 * io.netspan.enrich.container.ContainerRuntimes} contributes it; each runtime is reached over a
 * unix domain socket through a {@link io.netspan.enrich.container.RuntimeApi}, whose
 * implementations are in packages of their own and are loaded only where there is such a socket.
 *
 * <p>The answers of a runtime hold what other people wrote, such as labels. They are read up to a
 * limit and within a time, and their texts are made harmless by {@link
 * io.netspan.enrich.PartialIdentity}.
 */
@NullMarked
package io.netspan.enrich.container;

import org.jspecify.annotations.NullMarked;
