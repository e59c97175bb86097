package io.netspan.enrich.container;

import io.netspan.enrich.ServiceName;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names the service of a container in a pod by what the runtime knows of the pod: its name, labels
 * and annotations, which the kubelet hands down. Who made the pod is not among them, but shows in
 * labels that the makers set and in how they name pods.
 */
public final class PodNames {
  private static final String OTEL = "resource.opentelemetry.io/";
  static final String SERVICE_NAME = OTEL + "service.name";
  static final String SERVICE_NAMESPACE = OTEL + "service.namespace";
  static final String SERVICE_VERSION = OTEL + "service.version";
  static final String INSTANCE = "app.kubernetes.io/instance";
  static final String NAME = "app.kubernetes.io/name";
  static final String VERSION = "app.kubernetes.io/version";
  static final String TEMPLATE_HASH = "pod-template-hash";
  static final String REVISION_HASH = "controller-revision-hash";
  static final String STATEFUL_POD = "statefulset.kubernetes.io/pod-name";
  static final String JOB = "batch.kubernetes.io/job-name";
  static final String OLDER_JOB = "job-name";

  /** What is appended to the name of a set for each of its pods. */
  private static final Pattern RANDOM_END = Pattern.compile("-[a-z0-9]{5}$");

  private static final Pattern NUMBER_END = Pattern.compile("-\\d+$");

  /** What a CronJob appends to its name for each job: the minutes since 1970. */
  private static final Pattern MINUTES_END = Pattern.compile("-\\d{8,}$");

  private PodNames() {}

  static ServiceName service(ContainerDetails.Pod pod, String container) {
    return service(pod, container, workload(pod));
  }

  /**
   * The name of the service of a container.
   *
   * @param workload what made the pod, if that is known
   */
  public static ServiceName service(
      ContainerDetails.Pod pod, String container, @Nullable String workload) {
    String name =
        firstOf(
            pod.annotations().get(SERVICE_NAME),
            pod.labels().get(INSTANCE),
            pod.labels().get(NAME),
            workload,
            pod.name(),
            container);
    return new ServiceName(
        name == null ? ServiceName.UNKNOWN : name,
        name == null ? ServiceName.Source.UNKNOWN : ServiceName.Source.CONTAINER,
        firstOf(pod.annotations().get(SERVICE_NAMESPACE), pod.namespace()),
        null,
        firstOf(pod.annotations().get(SERVICE_VERSION), pod.labels().get(VERSION)));
  }

  private static @Nullable String firstOf(@Nullable String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null && !candidate.isBlank()) {
        return candidate;
      }
    }
    return null;
  }

  /** The Deployment, StatefulSet, DaemonSet, Job or CronJob; null if there seems to be none. */
  public static @Nullable String workload(ContainerDetails.Pod pod) {
    Map<String, String> labels = pod.labels();
    String job = firstOf(labels.get(JOB), labels.get(OLDER_JOB));
    if (job != null) {
      return without(job, MINUTES_END);
    }
    String hash = labels.get(TEMPLATE_HASH);
    if (hash != null) {
      String set = without(pod.name(), RANDOM_END);
      return set.endsWith("-" + hash) ? set.substring(0, set.length() - hash.length() - 1) : set;
    }
    if (labels.containsKey(STATEFUL_POD)) {
      return without(pod.name(), NUMBER_END);
    }
    return labels.containsKey(REVISION_HASH) ? without(pod.name(), RANDOM_END) : null;
  }

  private static String without(String name, Pattern end) {
    return end.matcher(name).replaceFirst("");
  }
}
