package io.netspan.enrich.kube;

import java.net.InetAddress;
import java.util.List;

/** What is kept of a Service: its own addresses, which no pod has. */
record Service(String namespace, String name, List<InetAddress> addresses) {}
