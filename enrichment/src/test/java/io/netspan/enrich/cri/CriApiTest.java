package io.netspan.enrich.cri;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import cri.runtime.v1.Container;
import cri.runtime.v1.ContainerMetadata;
import cri.runtime.v1.ImageSpec;
import cri.runtime.v1.PodSandbox;
import cri.runtime.v1.PodSandboxMetadata;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.container.ContainerRuntimes;
import io.netspan.enrich.container.RuntimeApi;
import io.netspan.enrich.container.RuntimeSocket;
import io.netspan.enrich.container.RuntimeSocket.Start;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contributions by runtimes that speak the CRI. */
final class CriApiTest {
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final Duration WITHIN = Duration.ofSeconds(2);

  @TempDir private Path folder;
  private Path socket;
  private ContainerRuntimes runtimes = new ContainerRuntimes(List.of(), _ -> false, 1);

  @BeforeEach
  void name() {
    socket = folder.resolve("c.sock");
  }

  @AfterEach
  void close() {
    runtimes.close();
  }

  private static RuntimeApi containerd(Path socket, Predicate<String> wanted) {
    return CriApi.containerd(socket, wanted, WITHIN);
  }

  private static RuntimeApi crio(Path socket, Predicate<String> wanted) {
    return CriApi.other(socket, wanted, WITHIN);
  }

  private void watch(BiFunction<Path, Predicate<String>, RuntimeApi> api) {
    RuntimeSocket cri = new RuntimeSocket("cri", socket, Set.of("containerd"), Start.EXPECTED, api);
    runtimes = new ContainerRuntimes(List.of(cri), key -> key.startsWith("team"), 1 << 20);
    runtimes.start(_ -> {});
  }

  private Contribution contribution(String container) {
    ProcessIdentity process = ProcessIdentity.of(ProcessFacts.unknown(new ProcessKey(7, 1)));
    return runtimes.contribute(
        process.completedBy(
            new PartialIdentity(
                null,
                List.of(),
                null,
                new io.netspan.enrich.Container(container, "containerd"),
                null,
                null,
                Map.of())));
  }

  private PartialIdentity known(String container) {
    return await()
        .until(
            () -> contribution(container),
            now -> !now.pending() && !now.identity().attributes().isEmpty())
        .identity();
  }

  private long hits() {
    return requireNonNull(runtimes.stats().getFirst().caches().get("containers")).hits();
  }

  private long misses() {
    return requireNonNull(runtimes.stats().getFirst().caches().get("containers")).misses();
  }

  private long problems(String reason) {
    return runtimes.stats().getFirst().problems().getOrDefault(reason, 0L);
  }

  private static Container container(String id) {
    return Container.newBuilder()
        .setId(id)
        .setPodSandboxId("pod")
        .setMetadata(ContainerMetadata.newBuilder().setName("app"))
        .setImage(
            ImageSpec.newBuilder()
                .setImage("sha256:" + ID)
                .setUserSpecifiedImage("example.com/shop/web:1.2"))
        .setImageRef("sha256:" + ID)
        .putLabels("io.kubernetes.container.name", "app")
        .build();
  }

  private static PodSandbox.Builder pod(String name) {
    return PodSandbox.newBuilder()
        .setId("pod")
        .setMetadata(
            PodSandboxMetadata.newBuilder().setName(name).setNamespace("shop").setUid("u-1"))
        .putLabels("team", "a")
        .putLabels("secret", "b")
        .putAnnotations("team.mail", "c");
  }

  @Test
  void aStartedContainerOfAPodIsKnownBeforeAnyProcessAsks() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(
          container(ID),
          pod("web-7d9c6b5f4-x2x9z").putLabels("pod-template-hash", "7d9c6b5f4").build());
      watch(CriApiTest::containerd);
      await().until(() -> cri.listening() == 1);
      cri.reportTask("k8s.io", ID);

      await().until(() -> entries() == 1);
      PartialIdentity known = known(ID);
      assertThat(misses()).isZero();
      assertThat(hits()).isPositive();
      assertThat(known.attributes())
          .containsOnly(
              Map.entry("container.name", "app"),
              Map.entry("container.image.name", "example.com/shop/web"),
              Map.entry("container.image.id", "sha256:" + ID),
              Map.entry("k8s.pod.name", "web-7d9c6b5f4-x2x9z"),
              Map.entry("k8s.namespace.name", "shop"),
              Map.entry("k8s.pod.uid", "u-1"),
              Map.entry("k8s.container.name", "app"),
              Map.entry("k8s.pod.label.team", "a"),
              Map.entry("k8s.pod.annotation.team.mail", "c"));
      assertThat(known.lists())
          .containsEntry("container.image.tags", List.of("1.2"))
          .containsEntry("container.image.repo_digests", List.of("example.com/shop/web@sha256:12"));
      assertThat(known.service())
          .isEqualTo(new ServiceName("web", ServiceName.Source.CONTAINER, "shop", null, null));
    }
  }

  private long entries() {
    return runtimes.stats().stream()
        .map(stats -> requireNonNull(stats.caches().get("containers")))
        .mapToLong(cache -> cache.entries())
        .sum();
  }

  @Test
  void aContainerThatWasThereBeforeIsLookedUp() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(container(ID), pod("lone").build());
      watch(CriApiTest::containerd);

      assertThat(known(ID).service()).extracting(ServiceName::name).isEqualTo("lone");
      assertThat(runtimes.stats().getFirst().problems()).isEmpty();
    }
  }

  private static cri.containerd.containers.Container ownContainer() {
    return cri.containerd.containers.Container.newBuilder()
        .setId(ID)
        .setImage("docker.io/library/web:3")
        .putLabels("nerdctl/name", "front")
        .build();
  }

  @Test
  void aContainerOfContainerdAloneIsKnownByItsLabels() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has("default", ownContainer());
      watch(CriApiTest::containerd);

      PartialIdentity known = known(ID);
      assertThat(known.attributes())
          .containsEntry("container.name", "front")
          .containsEntry("container.image.name", "docker.io/library/web");
      assertThat(known.service()).extracting(ServiceName::name).isEqualTo("front");
    }
  }

  @Test
  void aRuntimeWithoutEventsIsAskedAllTheSame() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(container(ID), pod("lone").build());
      watch(CriApiTest::crio);

      assertThat(known(ID).attributes()).containsEntry("k8s.pod.name", "lone");
      assertThat(runtimes.stats().getFirst().problems()).isEmpty();
    }
  }

  @Test
  void aRuntimeThatFallsSilentKeepsNobodyWaiting() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      watch(CriApiTest::containerd);
      await().until(() -> cri.listening() == 1);
      cri.fallSilent();
      assertThat(contribution(ID).pending()).isTrue();

      await().until(() -> contribution(ID).equals(Contribution.NOTHING));
      assertThat(problems("slow")).isEqualTo(1);
    }
  }

  @Test
  void aRuntimeThatIsRestartedIsWatchedAgain() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      watch(CriApiTest::containerd);
      await().until(() -> cri.listening() == 1);
    }
    await().until(() -> !runtimes.stats().getFirst().problems().isEmpty());
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(container(ID), pod("lone").build());
      await().atMost(Duration.ofSeconds(30)).until(() -> cri.listening() == 1);

      assertThat(known(ID).attributes()).containsEntry("k8s.pod.name", "lone");
    }
  }

  @Test
  void anAnswerThatIsTooLargeIsCounted() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      Container large = container(ID).toBuilder().putLabels("team", "x".repeat(9 << 20)).build();
      cri.has(large, pod("lone").build());
      watch(CriApiTest::containerd);
      await().until(() -> cri.listening() == 1);
      assertThat(contribution(ID).pending()).isTrue();

      await().until(() -> contribution(ID).equals(Contribution.NOTHING));
      assertThat(problems("too_large")).isEqualTo(1);
    }
  }

  @Test
  void aLabelOfAMebibyteIsShortened() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(
          container(ID).toBuilder().putLabels("team", "x".repeat(1 << 20)).build(),
          pod("lone").build());
      watch(CriApiTest::containerd);

      assertThat(known(ID).attributes()).containsEntry("container.label.team", "x".repeat(1_024));
    }
  }

  @Test
  void anEventThatIsNoEventIsCountedAndTheStreamOpenedAgain() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(container(ID), pod("lone").build());
      watch(CriApiTest::containerd);
      await().until(() -> cri.listening() == 1);
      cri.report("k8s.io", ByteString.copyFromUtf8("\u000f\u000f\u000f"));
      await().until(() -> problems("malformed") == 1);
      await().until(() -> cri.listening() == 0);
      await().until(() -> cri.listening() == 1);
      cri.reportTask("k8s.io", ID);

      await().until(() -> entries() == 1);
    }
  }

  @Test
  void dockersContainersAreLeftToDocker() throws IOException {
    try (FakeCri cri = FakeCri.start(socket)) {
      cri.has(container(ID), pod("lone").build());
      cri.has(container("second"), pod("lone").build());
      watch(CriApiTest::containerd);
      await().until(() -> cri.listening() == 1);
      cri.reportTask("moby", ID);
      cri.reportTask("k8s.io", "second");

      await().until(() -> entries() > 0);
      assertThat(entries()).isEqualTo(1);
    }
  }
}
