package io.netspan.it;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.netspan.it.backend.KubernetesApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A pod as far as netspan can tell: an object of the API, and cgroups with its uid and the ids of
 * its containers, into which the test puts processes. There is no kubelet.
 */
final class FakePod implements AutoCloseable {
  private static final String OWN = "netspan-it-" + ProcessHandle.current().pid();

  private final KubernetesApi api;
  private final String path;
  private final String uid;
  private final List<Path> cgroups = new ArrayList<>();

  private FakePod(KubernetesApi api, String path, String uid) {
    this.api = api;
    this.path = path;
    this.uid = uid;
  }

  /**
   * Makes a pod.
   *
   * @param metadata in JSON, but for the braces; has the name
   * @param spec in JSON, but for the braces
   */
  static FakePod create(KubernetesApi api, String namespace, String metadata, String spec) {
    String pods = "/api/v1/namespaces/" + namespace + "/pods";
    JsonNode made =
        api.create(
            pods,
            "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{%s},\"spec\":{%s}}"
                .formatted(metadata, spec));
    return new FakePod(
        api, pods + "/" + made.at("/metadata/name").asText(), made.at("/metadata/uid").asText());
  }

  String uid() {
    return uid;
  }

  /** Changes it. */
  void patch(String json) {
    api.patch(path, json);
  }

  /** Says what its status is, as a kubelet does. */
  void status(String address, String... containers) {
    api.patch(
        path + "/status",
        """
        {"status":{"phase":"Running","podIP":"%s","podIPs":[{"ip":"%s"}],\
        "containerStatuses":[%s]}}
        """
            .formatted(address, address, String.join(",", containers)));
  }

  /** The status of a container. */
  static String container(String name, String id) {
    return """
        {"name":"%s","image":"registry.example.com/%s:1","imageID":"","ready":true,\
        "restartCount":0,"containerID":"containerd://%s"}
        """
        .formatted(name, name, id);
  }

  /** The prefix of a command that runs the rest of it in a container of this pod. */
  List<String> entering(String containerId) throws IOException {
    Path cgroup = unified().resolve(OWN);
    for (String name : List.of("", "pod" + uid, containerId)) {
      cgroup = name.isEmpty() ? cgroup : cgroup.resolve(name);
      if (!Files.exists(cgroup)) {
        cgroups.add(Files.createDirectory(cgroup));
      }
    }
    return List.of("bash", "-c", "echo $$ >'" + cgroup + "/cgroup.procs' && exec \"$@\"", "bash");
  }

  /** Runs a program in a container of this pod to its end. */
  void run(String containerId, String... words) throws IOException {
    Command.attempt(
        Stream.concat(entering(containerId).stream(), Stream.of(words)).toArray(String[]::new));
  }

  private static Path unified() throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .map(line -> line.split(" ", 4))
        .filter(words -> words[2].equals("cgroup2"))
        .map(words -> Path.of(words[1]))
        .findFirst()
        .orElseThrow();
  }

  /** Deletes the pod. */
  void delete() {
    api.delete(path);
  }

  /** Removes the cgroups, which have to be empty. */
  @Override
  public void close() {
    for (Path cgroup : cgroups.reversed()) {
      await("an empty cgroup")
          .pollDelay(Duration.ZERO)
          .until(() -> cgroup.toFile().delete() || !Files.exists(cgroup));
    }
    cgroups.clear();
  }
}
