package io.netspan.receiver.agent;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.proc.Host;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent in a container without information about its host unless it is configured. */
final class OwnResourceTest {
  @TempDir private Path root;

  private final Set<String> claimed = new HashSet<>();

  private Attributes of(Attributes configured, Map<String, String> environment) {
    return new OwnResource(root, Optional.empty(), environment, claimed::add).of(configured);
  }

  private static @Nullable String value(Attributes attributes, String name) {
    return attributes.get(stringKey(name));
  }

  @Test
  void unknownAttributesAreOmitted() {
    Attributes own = of(Attributes.empty(), Map.of("K8S_NODE_NAME", " "));

    assertThat(own.asMap().keySet())
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("os.type", "service.instance.id");
  }

  @Test
  void theNameOfTheKubernetesNodeIsTheHostName() {
    assertThat(value(of(Attributes.empty(), Map.of("K8S_NODE_NAME", "node7")), "host.name"))
        .isEqualTo("node7");
    assertThat(value(of(Attributes.of(stringKey("k8s.node.name"), "n"), Map.of()), "host.name"))
        .isEqualTo("n");
  }

  @Test
  void configuredAttributesTakePrecedenceAndDetermineTheInstance() {
    Attributes configured =
        Attributes.of(stringKey("host.name"), "named", stringKey("host.id"), "id");

    Attributes own = of(configured, Map.of("K8S_NODE_NAME", "node7"));

    assertThat(value(own, "host.name")).isEqualTo("named");
    assertThat(value(own, "service.instance.id"))
        .isEqualTo(Host.find(root, null, null).with("id", "named").instanceId(0));
  }

  @Test
  void aConfiguredInstanceIsNotReplaced() {
    Attributes configured = Attributes.of(stringKey("service.instance.id"), "mine");

    assertThat(value(of(configured, Map.of()), "service.instance.id")).isNull();
    assertThat(claimed).isEmpty();
  }

  @Test
  void concurrentAgentsHaveDifferentInstancesAndARestartedOneKeepsIts() {
    String first = value(of(Attributes.empty(), Map.of()), "service.instance.id");
    String second = value(of(Attributes.empty(), Map.of()), "service.instance.id");
    assertThat(first).isNotEqualTo(second);

    claimed.remove("netspan-instance-" + first);

    assertThat(value(of(Attributes.empty(), Map.of()), "service.instance.id")).isEqualTo(first);
  }

  @Test
  void aMountedHostRootProvidesTheHostNameAndId() throws IOException {
    Path node = Files.createDirectories(root.resolve("host/etc"));
    Files.writeString(node.resolve("machine-id"), "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
    Files.writeString(node.resolve("hostname"), "node7\n");

    Attributes own =
        new OwnResource(root, Optional.of(root.resolve("host")), Map.of(), claimed::add)
            .of(Attributes.empty());

    assertThat(value(own, "host.id")).isEqualTo("3d1219c7c4c5404aaa1f6d2a48adfda4");
    assertThat(value(own, "host.name")).isEqualTo("node7");
  }
}
