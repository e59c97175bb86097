package io.netspan.enrich.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.enrich.SourceStats;
import io.netspan.enrich.container.Pauses;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The names of a cluster's addresses, by an API server that answers as it is told. */
final class ClusterAddressesTest {
  private static final String PODS = "/api/v1/pods";
  private static final String SERVICES = "/api/v1/services";
  private static final String SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
  private static final String NODES = "/api/v1/nodes";
  private static final Pauses SHORT =
      new Pauses(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofMillis(1));

  private final List<Map<InetAddress, PeerService>> reported = new CopyOnWriteArrayList<>();
  private FakeApi api;
  private ClusterAddresses addresses;

  @BeforeEach
  void answerNothing() throws IOException {
    api = new FakeApi();
    for (String path : List.of(PODS, SERVICES, SLICES, NODES)) {
      api.list(path, "1");
    }
    addresses = addresses(100);
  }

  private ClusterAddresses addresses(int most) {
    return new ClusterAddresses(
        api.address(), most, reported::add, SHORT, Duration.ofMillis(20), Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    addresses.close();
    api.close();
  }

  private static String pod(String name, String labels, String owner, String spec, String address) {
    return """
        {"metadata":{"name":"%s","namespace":"shop","uid":"uid-%s","labels":{%s},"ownerReferences":\
        [{"kind":"%s","name":"%s","uid":"o","controller":true}]},"spec":{"nodeName":"node2"%s},\
        "status":{"phase":"Running","podIPs":[{"ip":"%s"}]}}
        """
        .formatted(
            name, name, labels, owner.split("/", 2)[0], owner.split("/", 2)[1], spec, address);
  }

  private static String service(String name, String... addresses) {
    return """
        {"metadata":{"name":"%s","namespace":"shop","uid":"uid-%s"},"spec":{"clusterIPs":["%s"]}}
        """
        .formatted(name, name, String.join("\",\"", addresses));
  }

  private static String slice(String service, String... endpoints) {
    return """
        {"metadata":{"name":"%s-x","namespace":"shop","uid":"uid-of-%s",\
        "labels":{"kubernetes.io/service-name":"%s"}},"endpoints":[%s]}
        """
        .formatted(service, service, service, String.join(",", endpoints));
  }

  private static String endpoint(String pod, String address) {
    return """
        {"addresses":["%s"],"targetRef":{"kind":"Pod","name":"%s","uid":"uid-%s"}}
        """
        .formatted(address, pod, pod);
  }

  private static PeerService shop(String name) {
    return new PeerService(name, "shop");
  }

  private void awaitNames(Map<String, PeerService> expected) {
    addresses.start(_ -> {});
    awaitNow(expected);
  }

  private void awaitNow(Map<String, PeerService> expected) {
    await()
        .untilAsserted(
            () -> {
              assertThat(reported).isNotEmpty();
              assertThat(reported.getLast())
                  .hasSameSizeAs(expected)
                  .allSatisfy(
                      (address, service) ->
                          assertThat(service).isEqualTo(expected.get(address.getHostAddress())));
            });
  }

  @Test
  void podsServicesEndpointsAndNodesNameTheirAddresses() {
    api.list(
        PODS,
        "5",
        pod(
            "web-7d9f-x2k4p",
            "\"pod-template-hash\":\"7d9f\"",
            "ReplicaSet/web-7d9f",
            "",
            "10.1.0.1"),
        pod(
            "web-7d9f-abcde",
            "\"pod-template-hash\":\"7d9f\"",
            "ReplicaSet/web-7d9f",
            "",
            "fd00::2"),
        pod(
            "db-0",
            "\"app.kubernetes.io/instance\":\"orders-db\"",
            "StatefulSet/db",
            "",
            "10.1.0.3"),
        pod("agent-1", "", "DaemonSet/agent", ",\"hostNetwork\":true", "10.0.0.7"),
        pod("once-1", "", "Job/once", "", "10.1.0.4").replace("Running", "Succeeded"));
    api.list(
        SERVICES,
        "6",
        service("front", "10.96.0.1", "fd01::1"),
        service("mixed", "10.96.0.2"),
        service("none", "None"),
        service("outside", "10.96.0.3"));
    api.list(
        SLICES,
        "7",
        slice("front", endpoint("web-7d9f-x2k4p", "10.1.0.1"), endpoint("web-7d9f-abcde", "x")),
        slice("mixed", endpoint("web-7d9f-x2k4p", "10.1.0.1"), endpoint("db-0", "10.1.0.3")),
        slice("outside", "{\"addresses\":[\"192.0.2.9\"]}"));
    api.list(
        NODES,
        "8",
        """
        {"metadata":{"name":"node2","uid":"n"},"status":{"addresses":[\
        {"type":"InternalIP","address":"10.0.0.7"},{"type":"Hostname","address":"node2"}]}}
        """);

    awaitNames(
        Map.of(
            "10.1.0.1", shop("web"),
            "fd00:0:0:0:0:0:0:2", shop("web"),
            "10.1.0.3", shop("orders-db"),
            "10.96.0.1", shop("web"),
            "fd01:0:0:0:0:0:0:1", shop("web"),
            "10.96.0.2", shop("mixed"),
            "10.96.0.3", shop("outside"),
            "192.0.2.9", shop("outside"),
            "10.0.0.7", new PeerService("node2", null)));
    assertThat(api.asked()).contains(PODS + "?limit=500&resourceVersion=0");
  }

  @Test
  void changesAreFollowed() {
    api.list(PODS, "5", pod("a-1", "", "StatefulSet/a", "", "10.1.0.1"));
    awaitNames(Map.of("10.1.0.1", shop("a")));

    api.event(PODS, "ADDED", pod("b-1", "", "StatefulSet/b", "", "10.1.0.2"));
    awaitNow(Map.of("10.1.0.1", shop("a"), "10.1.0.2", shop("b")));
    api.event(
        PODS,
        "MODIFIED",
        pod("a-1", "", "StatefulSet/a", "", "10.1.0.1").replace("Running", "Failed"));
    awaitNow(Map.of("10.1.0.2", shop("b")));
    api.event(PODS, "ADDED", pod("c-1", "", "StatefulSet/c", "", "10.1.0.1"));
    awaitNow(Map.of("10.1.0.1", shop("c"), "10.1.0.2", shop("b")));
    api.event(PODS, "DELETED", pod("b-1", "", "StatefulSet/b", "", "10.1.0.2"));
    awaitNow(Map.of("10.1.0.1", shop("c")));
  }

  @Test
  void moreThanIsKeptIsCounted() {
    addresses.close();
    addresses = addresses(1);
    api.list(
        PODS,
        "5",
        pod("a-1", "", "StatefulSet/a", "", "10.1.0.1"),
        pod("b-1", "", "StatefulSet/b", "", "10.1.0.2"),
        pod("c-1", "", "StatefulSet/c", "", "10.1.0.3"));

    awaitNames(Map.of("10.1.0.1", shop("a")));

    SourceStats stats = addresses.stats().getFirst();
    assertThat(stats.problems()).containsExactlyEntriesOf(Map.of("too_many", 2L));
    assertThat(stats.caches()).containsEntry("pods", new SourceStats.Cache(0, 0, 0, 1));
  }

  @Test
  void whatOneRoleDoesNotAllowTakesNothingFromTheRest() {
    api.answer(NODES, 403, "{\"message\":\"nodes is forbidden\"}");
    api.list(PODS, "5", pod("a-1", "", "StatefulSet/a", "", "10.1.0.1"));

    awaitNames(Map.of("10.1.0.1", shop("a")));
    await().until(() -> addresses.stats().getFirst().problems().getOrDefault("forbidden", 0L) > 2);
  }
}
