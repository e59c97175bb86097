package io.netspan.receiver.agent;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.config.KubernetesSettings;
import io.netspan.enrich.proc.Host;
import io.netspan.linux.fd.ProcessClaim;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of the agent's Resource that describe the machine and the agent itself. No two
 * agents look like one sender, and an agent that is restarted stays the same sender.
 */
final class OwnResource {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final AttributeKey<String> HOST_ID = stringKey("host.id");
  private static final AttributeKey<String> HOST_NAME = stringKey("host.name");
  private static final AttributeKey<String> OS_TYPE = stringKey("os.type");
  private static final AttributeKey<String> INSTANCE_ID = stringKey("service.instance.id");
  private static final AttributeKey<String> NODE_NAME = stringKey("k8s.node.name");
  private static final String NODE_NAME_VARIABLE = KubernetesSettings.NODE_VARIABLE;
  private static final int MOST_INSTANCES = 64;

  private final Path root;
  private final Optional<Path> hostRoot;
  private final Map<String, String> environment;
  private final Predicate<String> claim;

  OwnResource(Optional<Path> hostRoot, Map<String, String> environment) {
    this(Path.of("/"), hostRoot, environment, ProcessClaim::take);
  }

  /**
   * Visible for tests.
   *
   * @param claim takes a name until this process ends; false if another process has it
   */
  OwnResource(
      Path root,
      Optional<Path> hostRoot,
      Map<String, String> environment,
      Predicate<String> claim) {
    this.root = root;
    this.hostRoot = hostRoot;
    this.environment = environment;
    this.claim = claim;
  }

  /**
   * The attributes to add to those that the user has configured. Configured values of {@code
   * host.id} and {@code host.name} take precedence.
   */
  Attributes of(Attributes configured) {
    Host host =
        Host.find(root, hostRoot.orElse(null), nodeName(configured))
            .with(configured.get(HOST_ID), configured.get(HOST_NAME));
    if (host.id() == null && host.name() == null) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the machine''s id and name could not be determined{0}, so host.id and host.name are omitted"
              + " and service.instance.id is derived from the {1}. Mount the machine''s root and"
              + " name it with --host-root, share its pid namespace, or set {2}",
          host.contained() ? " in this container" : "",
          host.scope(),
          NODE_NAME_VARIABLE);
    }
    AttributesBuilder all = Attributes.builder().put(OS_TYPE, "linux");
    put(all, HOST_ID, host.id());
    put(all, HOST_NAME, host.name());
    if (configured.get(INSTANCE_ID) == null) {
      all.put(INSTANCE_ID, instanceId(host));
    }
    return all.build();
  }

  private @Nullable String nodeName(Attributes configured) {
    String name = configured.get(NODE_NAME);
    String node = name != null ? name : environment.getOrDefault(NODE_NAME_VARIABLE, "");
    return node.isBlank() ? null : node.strip();
  }

  /** Agents with the same scope, such as two on one machine, are numbered as they start. */
  private String instanceId(Host host) {
    for (int number = 0; number < MOST_INSTANCES; number++) {
      String id = host.instanceId(number);
      if (claim.test("netspan-instance-" + id)) {
        return id;
      }
    }
    return host.instanceId(MOST_INSTANCES);
  }

  private static void put(AttributesBuilder to, AttributeKey<String> key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      to.put(key, value);
    }
  }
}
