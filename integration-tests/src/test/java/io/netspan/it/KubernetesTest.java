package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.KubernetesApi;
import io.netspan.it.backend.RequiresKubernetes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Kubernetes API server says whose processes are, to an agent that has exactly the roles of
 * {@code examples/kubernetes}.
 */
@RequiresRoot
@RequiresKubernetes
@RequiresProgram({"etcd", "busybox", "ip"})
class KubernetesTest {
  private static final Path ROLES = Path.of("../examples/kubernetes");
  private static final String WEB = "a0".repeat(32);
  private static final String PROXY = "b1".repeat(32);
  private static final String STORE = "c2".repeat(32);
  private static final String ONE_CONTAINER =
      "\"nodeName\":\"node1\",\"containers\":[{\"name\":\"db\",\"image\":\"db\"}]";
  private static final String TWO_CONTAINERS =
      """
      "nodeName":"node1","containers":[{"name":"web","image":"web"},{"name":"proxy","image":"x"}]\
      """;

  @TempDir private Path folder;
  private KubernetesApi api;
  private Path token;

  @BeforeEach
  void start() throws Exception {
    api = KubernetesApi.start(Files.createDirectory(folder.resolve("api")), Ports::free);
    api.create(ROLES.resolve("role-pods.yaml"));
    api.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"shop\"}}");
    token = Files.writeString(folder.resolve("token"), api.token("netspan", "netspan"));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private AgentProcess.Builder agent(GrpcCollector collector) {
    return AgentProcess.json()
        .option("--kubernetes", api.url(), "--kubernetes-ca", api.authority().toString())
        .option("--kubernetes-token", token.toString(), "--container-runtimes", "none")
        .option("--container-labels", "team")
        .environment("K8S_NODE_NAME", "node1")
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port());
  }

  /** The ReplicaSet of a Deployment; nobody looks whether that is there. */
  private String replicaSet(String name) {
    return api.create(
            "/apis/apps/v1/namespaces/shop/replicasets",
            """
            {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"%s","ownerReferences":\
            [{"apiVersion":"apps/v1","kind":"Deployment","name":"front","uid":"1","controller":true}]},\
            "spec":{"replicas":0,"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":\
            {"labels":{"app":"x"}},"spec":{"containers":[{"name":"web","image":"web"}]}}}}
            """
                .formatted(name))
        .at("/metadata/uid")
        .asText();
  }

  /** A job of a CronJob. */
  private String job(String name) {
    return api.create(
            "/apis/batch/v1/namespaces/shop/jobs",
            """
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"%s","ownerReferences":\
            [{"apiVersion":"batch/v1","kind":"CronJob","name":"nightly","uid":"1","controller":true}]},\
            "spec":{"template":{"spec":{"restartPolicy":"Never",\
            "containers":[{"name":"db","image":"db"}]}}}}
            """
                .formatted(name))
        .at("/metadata/uid")
        .asText();
  }

  @Test
  void theCronJobOfAJobNamesItsPods() throws Exception {
    int port = Ports.free();
    Process server = serve(List.of(), port);
    String owner =
        owned("nightly-29012345-x2k4p", "Job", "nightly-29012345", job("nightly-29012345"), "");
    try (GrpcCollector collector = new GrpcCollector();
        FakePod night = FakePod.create(api, "shop", owner, ONE_CONTAINER);
        AgentProcess agent = agent(collector).start()) {
      night.run(STORE, wget(port));
      awaitSpans(collector, port, 2);

      assertThat(collector.spans(port))
          .filteredOn(span -> !span.isServer())
          .singleElement()
          .satisfies(
              span -> {
                assertThat(span.text("service.name")).isEqualTo("nightly");
                assertThat(span.text("k8s.cronjob.name")).isEqualTo("nightly");
                assertThat(span.text("k8s.job.name")).isEqualTo("nightly-29012345");
                assertThat(span.text("k8s.container.name")).isEqualTo("db");
              });
      assertThat(agent.errors()).doesNotContain("Kubernetes at");
      agent.stop();
    } finally {
      server.destroy();
      server.onExit().join();
    }
  }

  private static String owned(String name, String kind, String owner, String uid, String labels) {
    return """
        "name":"%s","labels":{%s},"ownerReferences":\
        [{"apiVersion":"apps/v1","kind":"%s","name":"%s","uid":"%s","controller":true}]\
        """
        .formatted(name, labels, kind, owner, uid);
  }

  private static String[] wget(int port) {
    return new String[] {"busybox", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:" + port};
  }

  private Process serve(List<String> under, int port) throws IOException {
    List<String> command = new ArrayList<>(under);
    command.addAll(List.of("busybox", "httpd", "-f", "-p", "127.0.0.1:" + port, "-h", "" + folder));
    return new ProcessBuilder(command).start();
  }

  @Test
  void podsOfThisNodeNameTheirProcesses() throws Exception {
    int port = Ports.free();
    String set = replicaSet("front-5d4c");
    try (GrpcCollector collector = new GrpcCollector();
        FakePod store =
            FakePod.create(
                api, "shop", owned("store-0", "StatefulSet", "store", "2", ""), ONE_CONTAINER);
        FakePod web =
            FakePod.create(
                api,
                "shop",
                owned("front-5d4c-abcde", "ReplicaSet", "front-5d4c", set, "\"team\":\"a\""),
                TWO_CONTAINERS)) {
      store.status("10.77.0.3", FakePod.container("db", STORE));
      Process server = serve(store.entering(STORE), port);
      try (AgentProcess agent = agent(collector).start()) {
        web.status("10.77.0.4", FakePod.container("web", WEB));
        for (int i = 0; i < 20; i++) {
          web.run(WEB, wget(port));
        }
        // The second container is known by its pod until the pod's status has its id.
        web.run(PROXY, wget(port));
        web.status("10.77.0.4", FakePod.container("web", WEB), FakePod.container("proxy", PROXY));
        awaitSpans(collector, port, 42);
        web.patch("{\"metadata\":{\"labels\":{\"app.kubernetes.io/name\":\"entry\"}}}");
        await("the new name")
            .atMost(Duration.ofSeconds(20))
            .until(() -> connectedAs(collector, web, port).equals("entry"));
        assertThat(agent.errors()).doesNotContain("Kubernetes at");
        assertThat(agent.stop().lost()).isEqualTo("nothing");
      } finally {
        server.destroy();
        server.onExit().join();
      }
      check(collector.spans(port), store, web);
    }
  }

  private static void awaitSpans(GrpcCollector collector, int port, int count) {
    await(count + " spans")
        .atMost(Duration.ofSeconds(20))
        .until(() -> collector.spans(port).size() >= count);
  }

  private static String connectedAs(GrpcCollector collector, FakePod pod, int port)
      throws IOException {
    int before = collector.spans(port).size();
    pod.run(WEB, wget(port));
    awaitSpans(collector, port, before + 2);
    return collector.spans(port).stream()
        .filter(span -> !span.isServer())
        .toList()
        .getLast()
        .text("service.name");
  }

  private static void check(List<ReceivedSpan> spans, FakePod store, FakePod web) {
    List<ReceivedSpan> clients = spans.stream().filter(span -> !span.isServer()).toList();
    assertThat(spans.stream().filter(ReceivedSpan::isServer).toList())
        .hasSameSizeAs(clients)
        .allSatisfy(
            span -> {
              assertThat(span.text("service.name")).isEqualTo("store");
              assertThat(span.text("service.namespace")).isEqualTo("shop");
              assertThat(span.text("k8s.statefulset.name")).isEqualTo("store");
              assertThat(span.text("k8s.pod.uid")).isEqualTo(store.uid());
              assertThat(span.text("k8s.container.name")).isEqualTo("db");
              assertThat(span.text("service.peer.name")).isIn("front", "entry");
            });
    assertThat(clients)
        .allSatisfy(
            span -> {
              assertThat(span.text("k8s.pod.name")).isEqualTo("front-5d4c-abcde");
              assertThat(span.text("k8s.pod.uid")).isEqualTo(web.uid());
              assertThat(span.text("k8s.namespace.name")).isEqualTo("shop");
              assertThat(span.text("k8s.node.name")).isEqualTo("node1");
              assertThat(span.text("k8s.replicaset.name")).isEqualTo("front-5d4c");
              assertThat(span.text("k8s.deployment.name")).isEqualTo("front");
              assertThat(span.text("k8s.pod.label.team")).isEqualTo("a");
              assertThat(span.text("service.peer.name")).isEqualTo("store");
            });
    List<ReceivedSpan> first = clients.subList(0, 21);
    assertThat(first).allSatisfy(s -> assertThat(s.text("service.name")).isEqualTo("front"));
    assertThat(first)
        .filteredOn(span -> span.text("container.id").equals(WEB))
        .hasSize(20)
        .allSatisfy(
            span -> {
              assertThat(span.text("k8s.container.name")).isEqualTo("web");
              assertThat(span.text("container.runtime.name")).isEqualTo("containerd");
              assertThat(span.text("container.image.name")).isEqualTo("registry.example.com/web");
            });
  }

  @Test
  void tokensAreRenewedAndTheServerMayBeAway() throws Exception {
    int port = Ports.free();
    Files.writeString(token, "a.token.thatHasExpired");
    Process server = serve(List.of(), port);
    try (GrpcCollector collector = new GrpcCollector();
        FakePod store =
            FakePod.create(
                api, "shop", owned("store-0", "StatefulSet", "store", "2", ""), ONE_CONTAINER);
        AgentProcess agent = agent(collector).start()) {
      awaitSaid(agent, "it does not accept the token", 1);
      Files.writeString(token, api.token("netspan", "netspan"));
      awaitSaid(agent, "answers again", 1);

      api.stopServer();
      awaitSaid(agent, "it cannot be reached", 1);
      store.run(STORE, wget(port));
      agent.awaitSides(port, 2);
      api.startServer();
      awaitSaid(agent, "answers again", 2);
      store.status("10.77.0.3", FakePod.container("db", STORE));
      await("the pod's name")
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                store.run(STORE, wget(port));
                return collector.spans(port).stream()
                    .anyMatch(
                        span ->
                            span.text("container.image.name").equals("registry.example.com/db"));
              });
      // By its pod's uid it was known all the time.
      assertThat(collector.spans(port))
          .filteredOn(span -> !span.isServer())
          .allSatisfy(span -> assertThat(span.text("service.name")).isEqualTo("store"));
      agent.stop();
    } finally {
      server.destroy();
      server.onExit().join();
    }
  }

  /** The addresses are on a loopback interface, where nobody accepts: no process is known there. */
  @Test
  void addressesOfTheClusterNameOtherEnds() throws Exception {
    int port = Ports.free();
    api.create(
        "/api/v1/nodes",
        "{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"node2\"}}");
    api.patch(
        "/api/v1/nodes/node2/status",
        "{\"status\":{\"addresses\":[{\"type\":\"InternalIP\",\"address\":\"10.77.9.2\"}]}}");
    FakePod pod =
        FakePod.create(
            api,
            "shop",
            owned(
                "bills-7d9f-abcde",
                "ReplicaSet",
                "bills-7d9f",
                "5",
                "\"pod-template-hash\":\"7d9f\""),
            ONE_CONTAINER.replace("node1", "node2"));
    pod.status("10.77.9.3");
    FakePod host =
        FakePod.create(
            api,
            "shop",
            owned("host-1", "DaemonSet", "host", "6", ""),
            ONE_CONTAINER.replace("node1", "node2") + ",\"hostNetwork\":true");
    host.status("10.77.9.2");
    api.create(
        "/api/v1/namespaces/shop/services",
        """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"billing"},\
        "spec":{"clusterIP":"10.96.9.4","ports":[{"port":80}]}}
        """);
    api.create(
        "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices",
        """
        {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":"billing-1",\
        "labels":{"kubernetes.io/service-name":"billing"}},"addressType":"IPv4","endpoints":\
        [{"addresses":["10.77.9.3"],"targetRef":{"kind":"Pod","name":"bills-7d9f-abcde",\
        "namespace":"shop","uid":"%s"}},{"addresses":["10.77.9.5"]}]}
        """
            .formatted(pod.uid()));
    try (NetworkNamespace net = NetworkNamespace.create("pods");
        GrpcCollector collector = new GrpcCollector();
        AgentProcess agent = agent(collector).option("--kubernetes-peers").start()) {
      List<String> addresses = List.of("10.77.9.2", "10.77.9.3", "10.96.9.4", "10.77.9.5");
      for (String each : addresses) {
        net.run("ip", "address", "add", each + "/32", "dev", "lo");
      }
      for (String resource : List.of("services", "endpointslices", "nodes")) {
        awaitSaid(agent, ", " + resource + ": the role of the agent does not allow it", 1);
      }
      api.create(ROLES.resolve("role-peers.yaml"));
      awaitSaid(agent, "answers again", 1);

      await("the names")
          .atMost(Duration.ofSeconds(40))
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                addresses.forEach(
                    each ->
                        Command.attempt(
                            "ip",
                            "netns",
                            "exec",
                            net.name(),
                            "busybox",
                            "wget",
                            "-q",
                            "-O",
                            "/dev/null",
                            "http://" + each + ":" + port));
                List<String> last =
                    addresses.stream().map(each -> lastPeer(collector, port, each)).toList();
                assertThat(last)
                    .containsExactly(
                        "node2  kubernetes",
                        "bills shop kubernetes",
                        "bills shop kubernetes",
                        "billing shop kubernetes");
              });
      await("the names in metrics")
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  new ReceivedMetrics(collector.latestMetrics())
                          .sum(
                              "netspan.connections",
                              "service.peer.name=bills",
                              "service.peer.namespace=shop")
                      > 0);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
  }

  private static String lastPeer(GrpcCollector collector, int port, String address) {
    return collector.spans(port).stream()
        .filter(span -> span.text("server.address").equals(address))
        .reduce((_, last) -> last)
        .map(
            span ->
                span.text("service.peer.name")
                    + " "
                    + span.text("service.peer.namespace")
                    + " "
                    + span.text("netspan.peer.provenance"))
        .orElse("");
  }

  private static void awaitSaid(AgentProcess agent, String text, int times) {
    await(text)
        .atMost(Duration.ofSeconds(60))
        .until(() -> agent.errors().lines().filter(line -> line.contains(text)).count() == times);
  }
}
