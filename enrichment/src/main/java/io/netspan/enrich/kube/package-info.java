/**
 * What the Kubernetes API says about the pods of this node, and about the addresses of others: a
 * watch of our own over the JDK's HTTP client, which keeps of each object only what is used. {@link
 * io.netspan.enrich.kube.NodePods} contributes the first, {@link
 * io.netspan.enrich.kube.ClusterAddresses} has the second.
 */
@NullMarked
package io.netspan.enrich.kube;

import org.jspecify.annotations.NullMarked;
