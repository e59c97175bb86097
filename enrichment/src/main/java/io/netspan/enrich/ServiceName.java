package io.netspan.enrich;

import org.jspecify.annotations.Nullable;

/**
 * What to call the service that a process belongs to, and how that is known. Namespace, instance
 * and version come from the process's own {@code OTEL_RESOURCE_ATTRIBUTES} only, which may give
 * them without giving a name.
 */
public record ServiceName(
    String name,
    Source source,
    @Nullable String namespace,
    @Nullable String instanceId,
    @Nullable String version) {

  /** What OpenTelemetry says to call a service of which nothing is known. */
  public static final String UNKNOWN = "unknown_service";

  /** Nothing is known about the service. */
  public static final ServiceName NOT_KNOWN = new ServiceName(UNKNOWN, Source.UNKNOWN);

  public ServiceName(String name, Source source) {
    this(name, source, null, null, null);
  }

  /**
   * With what another source knows. The name of the surer source wins; if both are equally sure,
   * this one.
   */
  ServiceName completedBy(ServiceName other) {
    ServiceName named = other.source.compareTo(source) < 0 ? other : this;
    return new ServiceName(
        named.name,
        named.source,
        ProcessIdentity.firstKnown(namespace, other.namespace),
        ProcessIdentity.firstKnown(instanceId, other.instanceId),
        ProcessIdentity.firstKnown(version, other.version));
  }

  /** From the surest to the weakest; the first that is known names the service. */
  public enum Source {
    /** The process's own OpenTelemetry settings. */
    OTEL_SETTINGS,
    /** The name of its container, never the id. */
    CONTAINER,
    SYSTEMD,
    /** Main class or jar. */
    JVM,
    /** What an interpreter runs. */
    SCRIPT,
    /** The executable, or the name of the thread where there is none. */
    EXECUTABLE,
    /** Nothing is known; the name is {@link ServiceName#UNKNOWN}. */
    UNKNOWN
  }
}
