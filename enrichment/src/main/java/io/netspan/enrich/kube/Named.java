package io.netspan.enrich.kube;

import java.net.InetAddress;
import java.util.List;

/** An object whose addresses stand for a service: a pod, a node. */
record Named(PeerService service, List<InetAddress> addresses) {}
