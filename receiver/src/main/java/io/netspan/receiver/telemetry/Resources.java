package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringArrayKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.enrich.Container;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ServiceName;
import io.netspan.receiver.workload.Descriptions;
import io.netspan.receiver.workload.Service;
import io.netspan.receiver.workload.Services;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Builds the OpenTelemetry Resource of a workload. Empty and unknown attributes are left out. */
public final class Resources implements Descriptions {
  /** The schema of the semantic conventions whose names are used. */
  public static final String SCHEMA_URL = "https://opentelemetry.io/schemas/1.43.0";

  private static final AttributeKey<String> SERVICE_NAME = stringKey("service.name");
  private static final AttributeKey<String> SERVICE_NAMESPACE = stringKey("service.namespace");
  private static final AttributeKey<String> SERVICE_INSTANCE_ID = stringKey("service.instance.id");
  private static final AttributeKey<String> SERVICE_VERSION = stringKey("service.version");
  private static final AttributeKey<Long> PROCESS_PID = longKey("process.pid");
  private static final AttributeKey<Long> PROCESS_PARENT_PID = longKey("process.parent_pid");
  private static final AttributeKey<Long> PROCESS_USER_ID = longKey("process.user.id");
  private static final AttributeKey<String> PROCESS_EXECUTABLE_NAME =
      stringKey("process.executable.name");
  private static final AttributeKey<String> PROCESS_EXECUTABLE_PATH =
      stringKey("process.executable.path");
  private static final AttributeKey<List<String>> PROCESS_COMMAND_ARGS =
      stringArrayKey("process.command_args");
  private static final AttributeKey<String> PROCESS_LINUX_CGROUP =
      stringKey("process.linux.cgroup");
  private static final AttributeKey<String> PROCESS_COMM = stringKey("netspan.process.comm");
  private static final AttributeKey<String> JVM_MAIN_CLASS = stringKey("netspan.jvm.main_class");
  private static final AttributeKey<String> SYSTEMD_UNIT = stringKey("netspan.systemd.unit");
  private static final AttributeKey<String> SERVICE_SOURCE =
      stringKey("netspan.service.name.source");
  private static final AttributeKey<String> CONTAINER_ID = stringKey("container.id");
  private static final AttributeKey<String> CONTAINER_NAME = stringKey("container.name");
  private static final AttributeKey<String> CONTAINER_OUTER_ID =
      stringKey("netspan.container.outer.id");
  private static final AttributeKey<String> CONTAINER_RUNTIME = stringKey("container.runtime.name");

  private static final List<String> NOT_CONTRIBUTED = List.of("host.", "process.", "telemetry.");

  private final Attributes host;
  private final Services services = new Services();
  private final ServiceResources metrics;

  /**
   * Resources of one machine.
   *
   * @param host what all workloads of this machine have in common, such as {@code host.name};
   *     attributes of a service or a process in it are ignored
   */
  public Resources(Attributes host) {
    this(host, new MetricResources(), new SeriesExpiry(Duration.ZERO, System::nanoTime));
  }

  /**
   * Resources of one machine.
   *
   * @param registry gets the Resources of metrics
   * @param expiry removes series
   */
  public Resources(Attributes host, MetricResources registry, SeriesExpiry expiry) {
    this.host =
        host.toBuilder()
            .removeIf(
                key ->
                    key.getKey().startsWith("service.")
                        || key.getKey().startsWith("process.")
                        || key.getKey().startsWith("telemetry."))
            .build();
    this.metrics =
        new ServiceResources(
            this.host,
            Objects.requireNonNullElse(host.get(SERVICE_INSTANCE_ID), ""),
            registry,
            expiry,
            services);
  }

  @Override
  public Service service(ProcessIdentity identity) {
    ServiceName named = identity.service();
    return services.intern(
        new Service.Key(named.name(), named.namespace(), WorkloadAttributes.of(identity)));
  }

  /** The services that are known. */
  public Services services() {
    return services;
  }

  /** The Resources of metrics. */
  public ServiceResources metrics() {
    return metrics;
  }

  /**
   * The Resource of a workload whose table was made with a {@link Resources}. The same object is
   * returned until the identity changes, because exporters group spans by object.
   */
  public static Resource of(Workload workload) {
    return (Resource) workload.description();
  }

  @Override
  public Resource describe(ProcessIdentity identity, boolean known) {
    AttributesBuilder to = host.toBuilder();
    further(to, identity.attributes());
    furtherLists(to, identity.lists());
    service(to, identity.service());
    if (known) {
      process(to, identity);
    }
    Container container = identity.container();
    if (container != null) {
      put(to, CONTAINER_ID, container.id());
      put(to, CONTAINER_NAME, container.name());
      put(to, CONTAINER_RUNTIME, container.runtime());
      put(to, CONTAINER_OUTER_ID, container.outerId());
    }
    return Resource.create(to.build(), SCHEMA_URL);
  }

  /**
   * Adds attributes of contributors, except those of the machine, the process and this agent, which
   * contributors must not set.
   */
  private static void further(AttributesBuilder to, Map<String, String> attributes) {
    attributes.forEach(
        (key, value) -> {
          if (mayBeContributed(key)) {
            put(to, stringKey(key), value);
          }
        });
  }

  private static void furtherLists(AttributesBuilder to, Map<String, List<String>> lists) {
    lists.forEach(
        (key, values) -> {
          if (mayBeContributed(key)) {
            to.put(stringArrayKey(key), values);
          }
        });
  }

  private static boolean mayBeContributed(String key) {
    return NOT_CONTRIBUTED.stream().noneMatch(key::startsWith);
  }

  private static void service(AttributesBuilder to, ServiceName service) {
    put(to, SERVICE_NAME, service.name());
    put(to, SERVICE_NAMESPACE, service.namespace());
    put(to, SERVICE_INSTANCE_ID, service.instanceId());
    put(to, SERVICE_VERSION, service.version());
    if (service.source() != ServiceName.Source.UNKNOWN) {
      put(to, SERVICE_SOURCE, service.source().name().toLowerCase(java.util.Locale.ROOT));
    }
  }

  private static void process(AttributesBuilder to, ProcessIdentity identity) {
    ProcessFacts facts = identity.facts();
    to.put(PROCESS_PID, (long) facts.key().pid());
    if (facts.parentPid() > 0) {
      to.put(PROCESS_PARENT_PID, (long) facts.parentPid());
    }
    if (facts.uid() != ProcessFacts.UNKNOWN_UID) {
      to.put(PROCESS_USER_ID, Integer.toUnsignedLong(facts.uid()));
    }
    put(to, PROCESS_EXECUTABLE_NAME, facts.executableName());
    put(to, PROCESS_EXECUTABLE_PATH, identity.executablePath());
    put(to, PROCESS_COMM, facts.comm());
    if (!identity.commandArgs().isEmpty()) {
      to.put(PROCESS_COMMAND_ARGS, identity.commandArgs());
    }
    put(to, PROCESS_LINUX_CGROUP, cgroupPath(facts.cgroup()));
    put(to, JVM_MAIN_CLASS, identity.jvmMainClass());
    put(to, SYSTEMD_UNIT, identity.systemdUnit());
  }

  /** The path, with the leaf last. */
  private static @Nullable String cgroupPath(List<String> leafFirst) {
    return leafFirst.isEmpty() ? null : "/" + String.join("/", leafFirst.reversed());
  }

  private static void put(AttributesBuilder to, AttributeKey<String> key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      to.put(key, value);
    }
  }
}
