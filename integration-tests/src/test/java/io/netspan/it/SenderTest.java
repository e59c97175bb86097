package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two agents have different instance ids, and a restarted one keeps its id. Containers are
 * simulated with a cgroup named like those of docker, with pid, mount and UTS namespaces, and with
 * the machine id of the image.
 */
@RequiresRoot
@RequiresProgram({"unshare", "mount", "hostname"})
class SenderTest {
  private static final String FIRST = "4f2b8a1c9d7e3f60".repeat(4);
  private static final String SECOND = "a1b2c3d4e5f60718".repeat(4);
  private static final String IN_IMAGE = "0123456789abcdef0123456789abcdef";

  @TempDir private Path folder;

  private final List<Path> cgroups = new ArrayList<>();

  @AfterEach
  void removeCgroups() {
    for (Path cgroup : cgroups.reversed()) {
      await("an empty cgroup").until(() -> cgroup.toFile().delete() || !Files.exists(cgroup));
    }
  }

  private static Path cgroupRoot() throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .map(line -> line.split(" ", 4))
        .filter(words -> words[2].equals("cgroup2"))
        .map(words -> Path.of(words[1]))
        .findFirst()
        .orElseThrow();
  }

  private Path cgroup(String container) throws IOException {
    Path parent = cgroupRoot().resolve("netspan-it-" + ProcessHandle.current().pid());
    Path cgroup = parent.resolve(container);
    for (Path one : List.of(parent, cgroup)) {
      if (!Files.exists(one)) {
        cgroups.add(Files.createDirectory(one));
      }
    }
    return cgroup;
  }

  private static AgentProcess.Builder exporting(Collector collector) {
    return AgentProcess.launcher()
        .option("run", "--format", "none")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "100");
  }

  private AgentProcess.Builder inContainer(Collector collector, String id) throws IOException {
    Path machineId = Files.writeString(folder.resolve("machine-id"), IN_IMAGE + "\n");
    String enter = "echo $$ >" + cgroup(id) + "/cgroup.procs && exec \"$@\"";
    String inside =
        "hostname "
            + id.substring(0, 12)
            + " && mount --bind "
            + machineId
            + " /etc/machine-id && exec \"$@\"";
    return exporting(collector)
        .under("sh", "-c", inside, "sh")
        .under("unshare", "--kill-child", "--pid", "--mount-proc", "--uts", "--fork")
        .under("sh", "-c", enter, "sh");
  }

  /** Returns the instance id in the latest metrics. */
  private static String instance(Collector collector) {
    int before = collector.collections();
    await("metrics").until(() -> collector.collections() > before + 1);
    return collector.metricsFrom("service.instance.id").getLast();
  }

  @Test
  void containersOfOneImageHaveDifferentInstancesThatSurviveARestart() throws Exception {
    try (Collector collector = new HttpCollector()) {
      List<String> ids = new ArrayList<>();
      for (String container : List.of(FIRST, SECOND, FIRST)) {
        try (AgentProcess agent = inContainer(collector, container).start()) {
          ids.add(instance(collector));
          assertThat(agent.errors())
              .containsOnlyOnce("service.instance.id is derived from the container " + container);
        }
      }
      System.out.println("instances of containers: " + ids);
      assertThat(ids.get(0)).hasSize(36).isEqualTo(ids.get(2)).isNotEqualTo(ids.get(1));
      assertThat(collector.metricsFrom("host.id")).containsOnly("");
      assertThat(collector.metricsFrom("host.name")).containsOnly("");
    }
  }

  @Test
  void theMountedRootAndTheNodeNameDescribeTheHost() throws Exception {
    Path etc = Files.createDirectories(folder.resolve("node/etc"));
    Files.writeString(etc.resolve("machine-id"), "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
    try (Collector collector = new HttpCollector();
        AgentProcess agent =
            inContainer(collector, FIRST)
                .option("--host-root", folder.resolve("node").toString())
                .environment("K8S_NODE_NAME", "node7")
                .start()) {
      assertThat(instance(collector)).isNotEmpty();
      assertThat(collector.metricsFrom("host.id")).containsOnly("3d1219c7c4c5404aaa1f6d2a48adfda4");
      assertThat(collector.metricsFrom("host.name")).containsOnly("node7");
      assertThat(agent.errors()).doesNotContain("WARN");
    }
  }

  @Test
  void concurrentAgentsOnOneMachineHaveDifferentInstances() throws Exception {
    try (Collector collector = new HttpCollector();
        Collector other = new HttpCollector()) {
      try (AgentProcess _ = exporting(collector).start();
          AgentProcess _ = exporting(other).start()) {
        assertThat(instance(collector)).isNotEqualTo(instance(other));
        assertThat(other.metricsFrom("host.name").getLast())
            .isNotEmpty()
            .isEqualTo(collector.metricsFrom("host.name").getLast());
      }
      String before = collector.metricsFrom("service.instance.id").getLast();
      try (AgentProcess _ = exporting(collector).start()) {
        assertThat(instance(collector)).isEqualTo(before);
      }
    }
  }

  @Test
  void configuredAttributesTakePrecedence() throws Exception {
    String said = "host.name=theirs,host.id=7,service.instance.id=mine";
    try (Collector collector = new HttpCollector();
        AgentProcess _ =
            exporting(collector).environment("OTEL_RESOURCE_ATTRIBUTES", said).start()) {
      assertThat(instance(collector)).isEqualTo("mine");
      assertThat(collector.metricsFrom("host.name")).containsOnly("theirs");
      assertThat(collector.metricsFrom("host.id")).containsOnly("7");
    }
  }
}
