package io.netspan.receiver.telemetry;

import io.netspan.enrich.ProcessIdentity;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of a process's attributes its metrics have in their Resource: those that describe the
 * workload. Those of one process, container or pod would begin new series at each restart.
 */
final class WorkloadAttributes {
  private static final String OF_SERVICE = "service.";
  private static final String INSTANCE_ID = "service.instance.id";
  private static final String VERSION = "service.version";
  private static final String JOB = "k8s.job.name";
  private static final String CRON_JOB = "k8s.cronjob.name";

  private static final Set<String> OTHERS =
      Set.of(
          "deployment.environment.name",
          "deployment.environment", // The name before schema 1.27.
          "container.image.name",
          "k8s.cluster.name",
          "k8s.cluster.uid",
          "k8s.namespace.name",
          "k8s.deployment.name",
          "k8s.statefulset.name",
          "k8s.daemonset.name",
          CRON_JOB,
          JOB);

  private WorkloadAttributes() {}

  /** The attributes of the workload, without the service's name and namespace. */
  static Map<String, String> of(ProcessIdentity identity) {
    Map<String, String> all = new TreeMap<>();
    identity
        .attributes()
        .forEach(
            (key, value) -> {
              if (!value.isEmpty() && isOfWorkload(key)) {
                all.put(key, value);
              }
            });
    if (all.containsKey(CRON_JOB)) {
      all.remove(JOB); // Each run of a CronJob is a Job with a name of its own.
    }
    String version = identity.service().version();
    if (version != null && !version.isEmpty()) {
      all.put(VERSION, version);
    }
    return all;
  }

  private static boolean isOfWorkload(String key) {
    return OTHERS.contains(key) || (key.startsWith(OF_SERVICE) && !key.equals(INSTANCE_ID));
  }
}
