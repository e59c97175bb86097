package io.netspan.enrich.kube;

import java.net.InetAddress;
import java.util.List;

/**
 * What is kept of an EndpointSlice.
 *
 * @param service the name of the Service in the same namespace
 * @param pods the uids of the first of its pods
 * @param others addresses that are no pod's
 */
record Endpoints(String namespace, String service, List<String> pods, List<InetAddress> others) {}
