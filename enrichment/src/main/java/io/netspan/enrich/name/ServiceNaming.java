package io.netspan.enrich.name;

import io.netspan.enrich.ServiceName;
import io.netspan.enrich.ServiceName.Source;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the name of a service among the candidates that the kernel and procfs give: the first
 * known one in the order of {@link Source}. Contributors such as container runtimes are merged
 * later, by {@link io.netspan.enrich.ProcessIdentity#completedBy}.
 */
public final class ServiceNaming {
  private final OtelSettings settings;
  private @Nullable String name;
  private Source source = Source.UNKNOWN;

  public ServiceNaming(OtelSettings settings) {
    this.settings = settings;
    candidate(Source.OTEL_SETTINGS, settings.serviceName());
  }

  /** To be called in the order of {@link Source}. */
  public ServiceNaming candidate(Source from, @Nullable String candidate) {
    if (name == null && candidate != null && !candidate.isBlank()) {
      name = candidate;
      source = from;
    }
    return this;
  }

  /** The further resource attributes of the process's own settings. */
  public Map<String, String> attributes() {
    return settings.attributes();
  }

  public ServiceName chosen() {
    return new ServiceName(
        name == null ? ServiceName.UNKNOWN : name,
        source,
        settings.namespace(),
        settings.instanceId(),
        settings.version());
  }
}
