package io.netspan.enrich.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.enrich.Container;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.container.Pauses;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an API server says about the pods of this node, and what it should not say. */
final class NodePodsTest {
  private static final String PODS = "/api/v1/pods";
  private static final String SETS = "/apis/apps/v1/namespaces/shop/replicasets/web-7d9f";
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final String OTHER = "fedcba9876543210".repeat(4);
  private static final String UID = "3f1e5a60-1c1f-4c52-9d1b-0a2b3c4d5e6f";
  private static final Pauses SHORT =
      new Pauses(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofMillis(1));
  private static final Logger LOG = Logger.getLogger("netspan.enrich");

  private FakeApi api;
  private NodePods pods;
  private final List<Predicate<ProcessIdentity>> changes = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();

  private final Handler recorder =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          said.add(record.getLevel() + " " + new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() throws IOException {
    LOG.addHandler(recorder);
    api = new FakeApi();
    pods = pods(api.address());
  }

  @AfterEach
  void close() {
    LOG.removeHandler(recorder);
    pods.close();
    api.close();
  }

  private static NodePods pods(ApiServer at) {
    return new NodePods(at, "node7", "team"::equals, SHORT, () -> Duration.ofMinutes(5));
  }

  private void start() {
    pods.start(changes::add);
  }

  private static String pod(String uid, String version, String rest) {
    return """
        {"metadata":{"name":"web-7d9f-x2k4p","namespace":"shop","uid":"%s","resourceVersion":"%s",\
        "labels":{"pod-template-hash":"7d9f","team":"a","other":"b"},"managedFields":[{"f":{}}],\
        "ownerReferences":[{"kind":"X","name":"x","uid":"u0"},\
        {"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-7d9f","uid":"u1","controller":true}]},\
        "spec":{"nodeName":"node7","containers":[{"name":"app"},{"name":"proxy"}]},%s}
        """
        .formatted(uid, version, rest);
  }

  private static String status(String... containers) {
    return "\"status\":{\"phase\":\"Running\",\"podIPs\":[{\"ip\":\"10.1.0.7\"}],"
        + "\"containerStatuses\":["
        + String.join(",", containers)
        + "]}";
  }

  private static String container(String name, String id) {
    return """
        {"name":"%s","image":"registry:5000/shop/%s:1.2","containerID":"containerd://%s",\
        "lastState":{"terminated":{"containerID":"containerd://%s0"}}}
        """
        .formatted(name, name, id, id);
  }

  private static ProcessIdentity process(String container, String... cgroup) {
    ProcessFacts facts = ProcessFacts.unknown(new ProcessKey(7, 1));
    ProcessIdentity process =
        ProcessIdentity.of(new ProcessFacts(facts.key(), 0, 0, "", "", 1, List.of(cgroup), 0, 0));
    return process.completedBy(
        new PartialIdentity(
            null, List.of(), null, new Container(container, null), null, null, Map.of()));
  }

  private Contribution settled(ProcessIdentity process) {
    return await()
        .until(
            () -> pods.contribute(process),
            known -> !known.pending() && !known.equals(Contribution.NOTHING));
  }

  private static ServiceName service(Contribution known) {
    return Objects.requireNonNull(known.identity().service());
  }

  private void deployment() {
    api.answer(
        SETS,
        200,
        """
        {"kind":"PartialObjectMetadata","metadata":{"name":"web-7d9f","ownerReferences":\
        [{"kind":"Deployment","name":"web","uid":"u2","controller":true}]}}
        """);
  }

  @Test
  void aPodThatIsThereNamesItsContainers() {
    deployment();
    api.list(PODS, "7", pod(UID, "5", status(container("app", ID), container("proxy", OTHER))));
    start();

    Contribution known = settled(process(ID));

    assertThat(known.identity().attributes())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "k8s.namespace.name", "shop",
                "k8s.pod.name", "web-7d9f-x2k4p",
                "k8s.pod.uid", UID,
                "k8s.node.name", "node7",
                "k8s.replicaset.name", "web-7d9f",
                "k8s.deployment.name", "web",
                "k8s.container.name", "app",
                "k8s.pod.label.team", "a",
                "container.image.name", "registry:5000/shop/app"));
    assertThat(service(known).name()).isEqualTo("web");
    assertThat(service(known).namespace()).isEqualTo("shop");
    assertThat(known.identity().container()).isEqualTo(new Container(ID, "containerd"));
    assertThat(settled(process(OTHER)).identity().attributes())
        .containsEntry("k8s.container.name", "proxy");
    assertThat(settled(process(ID + "0")).identity().attributes())
        .containsEntry("k8s.container.name", "app");
    await().untilAsserted(() -> assertThat(api.asked()).anyMatch(each -> each.contains("watch=1")));
    assertThat(api.asked().getFirst())
        .isEqualTo(PODS + "?fieldSelector=spec.nodeName%3Dnode7&limit=500&resourceVersion=0");
    assertThat(api.asked())
        .anyMatch(
            each ->
                each.startsWith(
                    PODS
                        + "?fieldSelector=spec.nodeName%3Dnode7&watch=1&allowWatchBookmarks=true"
                        + "&resourceVersion=7&timeoutSeconds="));
    assertThat(api.asked()).filteredOn(each -> each.startsWith(SETS)).hasSize(1);
    assertThat(said).isEmpty();
  }

  @Test
  void aContainerIsKnownByItsPodsUidBeforeThePodSaysItsId() {
    deployment();
    api.list(PODS, "7", pod(UID, "5", status()));
    start();
    ProcessIdentity process =
        process(
            ID,
            "cri-containerd-" + ID + ".scope",
            "kubepods-burstable-pod" + UID.replace('-', '_') + ".slice");

    await().until(() -> pods.contribute(process).identity().service() != null);
    Contribution early = pods.contribute(process);
    assertThat(early.identity().attributes()).containsEntry("k8s.pod.uid", UID);
    assertThat(early.pending()).isTrue();
    int before = changes.size();
    api.event(PODS, "MODIFIED", pod(UID, "8", status(container("app", ID))));

    assertThat(settled(process).identity().attributes()).containsEntry("k8s.container.name", "app");
    assertThat(changes).hasSizeGreaterThan(before);
    assertThat(changes.getLast().test(process)).isTrue();
    assertThat(changes.getLast().test(process(OTHER, "docker-" + OTHER + ".scope"))).isFalse();
  }

  @Test
  void changesAreFollowedAndWhatIsNoMoreIsKeptForAWhile() {
    deployment();
    api.list(PODS, "7");
    start();
    api.event(PODS, "ADDED", pod(UID, "8", status(container("app", ID))));
    assertThat(settled(process(ID)).identity().attributes())
        .containsEntry("k8s.pod.label.team", "a");

    api.event(
        PODS,
        "MODIFIED",
        pod(UID, "9", status(container("app", ID)))
            .replace("\"team\":\"a\"", "\"team\":\"c\",\"app.kubernetes.io/name\":\"front\""));
    await().until(() -> service(settled(process(ID))).name().equals("front"));
    assertThat(settled(process(ID)).identity().attributes())
        .containsEntry("k8s.pod.label.team", "c");

    api.event(PODS, "DELETED", pod(UID, "10", status()));
    api.event(PODS, "BOOKMARK", "{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":\"12\"}}");
    api.end(PODS);
    await().until(() -> api.asked().getLast().contains("resourceVersion=12"));
    assertThat(service(settled(process(ID))).name()).isEqualTo("front");
    assertThat(api.asked()).filteredOn(each -> each.contains("limit=")).hasSize(1);
  }

  @Test
  void pagesAreFollowedAndWhatTheServerForgotIsListedAnew() {
    deployment();
    String first = pod(UID, "5", status(container("app", ID)));
    api.answer(PODS, 200, FakeApi.listOf("7", "more of/it", first));
    String second = pod(UID.replace('3', '4'), "6", status(container("app", OTHER)));
    api.answer("continue=more%20of%2Fit", 200, FakeApi.listOf("7", "", second));
    start();
    settled(process(ID));
    settled(process(OTHER));

    api.list(PODS, "30", first);
    api.raw(
        PODS,
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}}\n");

    await().until(() -> api.asked().getLast().contains("resourceVersion=30"));
    List<String> lists = api.asked().stream().filter(each -> each.contains("limit=")).toList();
    assertThat(lists).hasSize(3);
    assertThat(lists.getLast()).doesNotContain("resourceVersion");
    assertThat(problems()).containsExactlyEntriesOf(Map.of("gone", 1L));
    assertThat(said).isEmpty();
  }

  private Map<String, Long> problems() {
    return pods.stats().getFirst().problems();
  }

  @Test
  void aServerThatComesLaterAndGoesIsSaidOnceEach() throws IOException {
    int port = api.port();
    api.close();
    start();
    await().until(() -> problems().getOrDefault("unreachable", 0L) > 3);
    assertThat(pods.contribute(process(ID))).isEqualTo(Contribution.NOTHING);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst())
        .startsWith(
            "WARNING Kubernetes at http://127.0.0.1:" + port + ", pods: it cannot be reached");

    api = new FakeApi(port);
    deployment();
    api.list(PODS, "7", pod(UID, "5", status(container("app", ID))));

    settled(process(ID));
    await().until(() -> said.size() == 2);
    assertThat(said.getLast())
        .isEqualTo("INFO Kubernetes at http://127.0.0.1:" + port + " answers again");
  }

  @ParameterizedTest
  @CsvSource({
    "401, unauthorized",
    "403, forbidden",
    "500, refused",
    "429, refused",
    "302, refused"
  })
  void aRefusalIsSaidOnceAndCountedAndTriedAgain(int status, String reason) {
    api.answer(PODS, status, "{\"kind\":\"Status\",\"message\":\"no\\u001b[31m\"}");
    start();

    await().until(() -> problems().getOrDefault(reason, 0L) > 3);
    assertThat(said).hasSize(1);
    assertThat(said.getFirst()).contains("status " + status + ": no").doesNotContain("\u001b");
    deployment();
    api.list(PODS, "7", pod(UID, "5", status(container("app", ID))));
    settled(process(ID));
  }

  @Test
  void aDeploymentThatMayNotBeAskedForIsToldByLabels() {
    api.answer(SETS, 403, "{\"kind\":\"Status\",\"message\":\"not yours\"}");
    api.list(PODS, "7", pod(UID, "5", status(container("app", ID))));
    start();

    Contribution known = settled(process(ID));

    assertThat(service(known).name()).isEqualTo("web");
    assertThat(known.identity().attributes()).doesNotContainKey("k8s.deployment.name");
    await().until(() -> said.size() == 1);
    assertThat(said.getFirst()).contains("ReplicaSet", "not yours");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "<html>",
        "{\"metadata\":{}}",
        "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[7]}",
        "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"metadata\":[]}]}"
      })
  void aListThatMakesNoSenseIsCountedAndTriedAgain(String body) {
    api.answer(PODS, 200, body);
    start();

    await()
        .until(
            () ->
                problems().getOrDefault("malformed", 0L) + problems().getOrDefault("closed", 0L)
                    > 3);
    assertThat(said).hasSize(1);
    deployment();
    api.list(PODS, "7", pod(UID, "5", status(container("app", ID))));
    settled(process(ID));
  }

  @Test
  void aHugeLabelTakesNoMemoryAndAnEndlessLineIsCut() {
    deployment();
    String huge = "x".repeat(4 << 20);
    String long2 =
        pod(UID, "5", status(container("app", ID)))
            .replace("\"team\":\"a\"", "\"team\":\"" + huge + "\"");
    api.list(PODS, "7", long2);
    start();

    assertThat(settled(process(ID)).identity().attributes().get("k8s.pod.label.team"))
        .hasSize(1_024);
    for (int i = 0; i < 3; i++) {
      api.raw(PODS, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"" + huge);
      api.raw(PODS, huge);
      api.raw(PODS, huge);
    }
    await()
        .until(
            () ->
                problems().getOrDefault("too_large", 0L) + problems().getOrDefault("malformed", 0L)
                    > 0);
  }

  @Test
  void aVersionThatTheServerDoesNotLikeIsGivenUp() {
    deployment();
    api.list(PODS, "7000", pod(UID, "5", status(container("app", ID))));
    api.answer(PODS + "?watch", 504, "{\"message\":\"Too large resource version\"}");
    start();

    await()
        .until(
            () ->
                api.asked().stream().filter(each -> each.contains("resourceVersion=0")).count()
                    > 1);
    assertThat(said).hasSize(1);
    assertThat(settled(process(ID)).identity().attributes()).containsEntry("k8s.pod.uid", UID);
  }

  @Test
  void aPodOfAFileIsKnownByTheKubeletsUid() {
    String mirror =
        pod(UID, "5", status())
            .replace(
                "\"labels\":{",
                "\"annotations\":{\"kubernetes.io/config.hash\":\""
                    + ID.substring(32)
                    + "\"},\"labels\":{")
            .replace(
                "\"kind\":\"ReplicaSet\",\"name\":\"web-7d9f\"",
                "\"kind\":\"Node\",\"name\":\"node7\"")
            .replace("\"pod-template-hash\":\"7d9f\",", "")
            .replace(",{\"name\":\"proxy\"}", "");
    api.list(PODS, "7", mirror);
    start();

    Contribution known = settled(process(OTHER, OTHER, "pod" + ID.substring(32), "burstable"));

    assertThat(known.identity().attributes())
        .containsEntry("k8s.pod.uid", UID)
        .containsEntry("k8s.container.name", "app");
    assertThat(service(known).name()).isEqualTo("web-7d9f-x2k4p");
  }
}
