package io.netspan.receiver.workload;

import io.netspan.enrich.ProcessIdentity;

/**
 * Derives the service and a description from an identity. A {@link Workload} keeps one description
 * per version of its identity without knowing its type, so this package does not depend on
 * OpenTelemetry.
 */
public interface Descriptions {
  /** The service that metrics of a process are attributed to. */
  Service service(ProcessIdentity identity);

  /**
   * Describes a workload. Called on the thread that first asks for the description after a change
   * of the identity, usually an exporter's.
   *
   * @param known false for {@link WorkloadTable#nobody()}
   */
  Object describe(ProcessIdentity identity, boolean known);
}
