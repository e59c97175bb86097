/**
 * Kubernetes' Container Runtime Interface, and containerd's own events and containers, over gRPC on
 * a unix domain socket.
 */
@NullMarked
package io.netspan.enrich.cri;

import org.jspecify.annotations.NullMarked;
