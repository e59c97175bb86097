package io.netspan.enrich.container;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.enrich.Container;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.SourceStats;
import io.netspan.enrich.container.RuntimeSocket.Start;
import io.netspan.enrich.docker.FakeDocker;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contributions by daemons at unix domain sockets, as they are and as they should not be. */
final class ContainerRuntimesTest {
  private static final String ID = "0123456789abcdef".repeat(4);
  private static final String OTHER = "fedcba9876543210".repeat(4);
  private static final String CREATED =
      """
      {"Type":"container","Action":"create","Actor":{"ID":"%s","Attributes":\
      {"image":"registry:5000/shop/web:1.2","name":"%s","team":"a","secret":"b"%s}},\
      "scope":"local","time":1795847619,"timeNano":1795847619951605747}""";
  private static final String IMAGE =
      """
      {"Id":"sha256:%s","RepoTags":["registry:5000/shop/web:1.2","registry:5000/shop/web:latest"],\
      "RepoDigests":["registry:5000/shop/web@sha256:12"],"Config":{"Labels":null}}"""
          .formatted(ID);
  private static final String IMAGE_PATH = "/images/registry:5000/shop/web:1.2/json";
  private static final Pauses SHORT =
      new Pauses(Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofDays(1));
  private static final Logger LOG = Logger.getLogger("netspan.enrich");

  @TempDir private Path folder;
  private Path socket;
  private final List<Predicate<ProcessIdentity>> changes = new CopyOnWriteArrayList<>();
  private final List<String> said = new CopyOnWriteArrayList<>();
  private Duration within = Duration.ofMillis(300);
  private final AtomicInteger clients = new AtomicInteger();
  private ContainerRuntimes runtimes = new ContainerRuntimes(List.of(), _ -> false, 1);

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
  void listen() {
    socket = folder.resolve("d.sock");
    LOG.addHandler(recorder);
  }

  @AfterEach
  void close() {
    LOG.removeHandler(recorder);
    runtimes.close();
  }

  private void watch(Start start) {
    RuntimeSocket docker =
        new RuntimeSocket(
            "docker",
            socket,
            Set.of("docker"),
            start,
            (path, labels) -> {
              clients.incrementAndGet();
              return FakeDocker.api(path, labels, within);
            });
    runtimes = new ContainerRuntimes(List.of(docker), "team"::equals, 1 << 20, SHORT);
    runtimes.start(changes::add);
  }

  private static ProcessIdentity in(String container) {
    ProcessIdentity process = ProcessIdentity.of(ProcessFacts.unknown(new ProcessKey(7, 1)));
    return process.completedBy(
        new PartialIdentity(
            null, List.of(), null, new Container(container, "docker"), null, null, Map.of()));
  }

  private Contribution contribution(String container) {
    return runtimes.contribute(in(container));
  }

  private Contribution settled(String container) {
    return await().until(() -> contribution(container), known -> !known.pending());
  }

  private long problems(RuntimeProblem reason) {
    return runtimes.stats().stream()
        .mapToLong(stats -> stats.problems().getOrDefault(reason.value(), 0L))
        .sum();
  }

  private SourceStats.Cache cache(String name) {
    return requireNonNull(runtimes.stats().getFirst().caches().get(name));
  }

  private static String created(String id, String name) {
    return CREATED.formatted(id, name, "");
  }

  private static String inspected(String name, String label) {
    return """
        {"Id":"%s","Name":"/%s","Image":"sha256:%s","State":{"Pid":1},"Mounts":[{"a":[1,2]}],\
        "Config":{"Image":"registry:5000/shop/web:1.2","Env":["A=b"],"Labels":{%s}}}"""
        .formatted(ID, name, ID, label);
  }

  @Test
  void aContainerThatIsCreatedHasItsNameBeforeAnyProcessAsks() throws IOException {
    try (FakeDocker docker = FakeDocker.start(socket).answers(IMAGE_PATH, IMAGE)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      docker.report(created(ID, "web-1"));
      await().until(() -> cache("images").entries() == 1);

      PartialIdentity known = settled(ID).identity();
      assertThat(known.attributes())
          .containsOnly(
              Map.entry("container.name", "web-1"),
              Map.entry("container.image.name", "registry:5000/shop/web"),
              Map.entry("container.image.id", "sha256:" + ID),
              Map.entry("container.label.team", "a"));
      assertThat(known.lists())
          .containsOnly(
              Map.entry("container.image.tags", List.of("1.2", "latest")),
              Map.entry(
                  "container.image.repo_digests", List.of("registry:5000/shop/web@sha256:12")));
      assertThat(known.service()).isEqualTo(new ServiceName("web-1", ServiceName.Source.CONTAINER));
      assertThat(docker.asked("/containers")).isEmpty();
    }
  }

  @Test
  void aContainerThatWasThereBeforeIsLookedUpOnce() throws IOException {
    String labels =
        "\"com.docker.compose.service\":\"web\",\"com.docker.compose.project\":\"shop\"";
    try (FakeDocker docker =
        FakeDocker.start(socket)
            .answers("/containers/" + ID + "/json", inspected("shop-web-1", labels))
            .answers("/images/sha256:" + ID + "/json", IMAGE)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      assertThat(contribution(ID).pending()).isTrue();

      PartialIdentity known = settled(ID).identity();
      for (int i = 0; i < 100; i++) {
        assertThat(contribution(ID).identity()).isEqualTo(known);
      }
      assertThat(known.service())
          .isEqualTo(new ServiceName("web", ServiceName.Source.CONTAINER, "shop", null, null));
      assertThat(known.attributes()).containsEntry("container.name", "shop-web-1");
      assertThat(docker.asked("/containers")).hasSize(1);
      assertThat(docker.asked("/images")).hasSize(1);
      assertThat(changes).anyMatch(which -> which.test(in(ID)));
      assertThat(cache("containers").misses()).isEqualTo(1);
      assertThat(cache("containers").hits()).isGreaterThanOrEqualTo(100);
    }
  }

  @Test
  void aContainerThatIsNotThereIsNotAskedForAgainSoon() throws IOException {
    try (FakeDocker docker = FakeDocker.start(socket)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);

      assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
      for (int i = 0; i < 100; i++) {
        assertThat(contribution(ID)).isEqualTo(Contribution.NOTHING);
      }
      assertThat(docker.asked("/containers")).hasSize(1);

      changes.clear();
      docker.report(created(ID, "late"));
      await().until(() -> changes.stream().anyMatch(which -> which.test(in(ID))));
      assertThat(settled(ID).identity().attributes()).containsEntry("container.name", "late");
      assertThat(changes).noneMatch(which -> which.test(in(OTHER)));
    }
  }

  @Test
  void aRenamedContainerIsFollowed() throws IOException {
    try (FakeDocker docker = FakeDocker.start(socket)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      docker.report(created(ID, "first"));
      await().until(() -> contribution(ID).identity().service() != null);
      changes.clear();
      docker.report(created(ID, "second").replace("create", "rename"));

      await().until(() -> changes.stream().anyMatch(which -> which.test(in(ID))));
      assertThat(contribution(ID).identity().attributes())
          .containsEntry("container.name", "second");
    }
  }

  /** Each would be a service of its own. */
  @Test
  void aNameThatDockerMadeUpIsNoService() throws IOException {
    try (FakeDocker docker = FakeDocker.start(socket)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      docker.report(created(ID, "quizzical_wilbur"));
      docker.report(created(OTHER, "order_service"));

      await().until(() -> contribution(OTHER).identity().service() != null);
      assertThat(contribution(ID).identity().attributes())
          .containsEntry("container.name", "quizzical_wilbur");
      assertThat(contribution(ID).identity().service()).isNull();
    }
  }

  @Test
  void whereThereIsNoSocketNoClientIsMade() {
    watch(Start.FOUND);

    assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
    assertThat(clients).hasValue(0);
    assertThat(said).isEmpty();
    assertThat(runtimes.stats()).isEmpty();
  }

  @Test
  void aRuntimeThatIsNotNeededHasNoClientUntilItIs() throws IOException {
    try (FakeDocker docker =
        FakeDocker.start(socket).answers("/containers/" + ID + "/json", inspected("web", ""))) {
      watch(Start.NEEDED);
      ProcessIdentity elsewhere =
          ProcessIdentity.of(ProcessFacts.unknown(new ProcessKey(8, 1)))
              .completedBy(
                  new PartialIdentity(
                      null, List.of(), null, new Container(ID, "lxc"), null, null, Map.of()));
      await().until(() -> runtimes.contribute(elsewhere).equals(Contribution.NOTHING));
      assertThat(clients).hasValue(0);

      assertThat(contribution(ID).pending()).isTrue();
      assertThat(settled(ID).identity().attributes()).containsEntry("container.name", "web");
      assertThat(clients).hasValue(1);
      assertThat(docker.listening()).isEqualTo(1);
    }
  }

  @Test
  void aSocketThatAppearsLaterIsUsed() throws IOException {
    watch(Start.FOUND);
    assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
    try (FakeDocker docker =
        FakeDocker.start(socket).answers("/containers/" + ID + "/json", inspected("late", ""))) {
      await().until(() -> docker.listening() == 1);
      await().until(() -> changes.stream().anyMatch(which -> which.test(in(ID))));

      assertThat(settled(ID).identity().attributes()).containsEntry("container.name", "late");
    }
  }

  @Test
  void aSocketThatIsMissingIsSaidOnceAndTriedAgain() throws IOException {
    watch(Start.EXPECTED);

    await().until(() -> problems(RuntimeProblem.ABSENT) >= 5);
    assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
    assertThat(said).hasSize(1).first().asString().startsWith("WARNING").contains("no such socket");
    try (FakeDocker docker = FakeDocker.start(socket)) {
      await().until(() -> docker.listening() == 1);
      await().until(() -> said.size() == 2);
      assertThat(said.getLast()).startsWith("INFO").contains("answers again");
    }
  }

  @Test
  void whereNobodyListensIsSaidOnceIfItWasAskedFor() throws IOException {
    Files.createFile(socket);
    watch(Start.EXPECTED);

    await().until(() -> problems(RuntimeProblem.UNREACHABLE) >= 5);
    assertThat(said).hasSize(1).first().asString().startsWith("WARNING ");
    assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
  }

  @Test
  void aSocketThatARuntimeLeftBehindIsCounted() throws IOException {
    Files.createFile(socket);
    watch(Start.FOUND);

    await().until(() -> problems(RuntimeProblem.UNREACHABLE) >= 5);
    assertThat(said).isEmpty();
    assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
  }

  @Test
  void aDaemonThatIsRestartedIsAskedForWhatWasMissed() throws IOException {
    try (FakeDocker docker = FakeDocker.start(socket)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      long now = System.currentTimeMillis();
      docker.report(created(ID, "web").replace("1795847619951605747", now + "605747"));
      await().until(() -> contribution(ID).identity().service() != null);
      docker.hangUp();

      await().until(() -> docker.listening() == 1);
      assertThat(docker.asked("/events")).hasSize(2);
      assertThat(docker.asked("/events").getLast())
          .contains("since=%d.%03d605747&".formatted(now / 1_000, now % 1_000));
      assertThat(problems(RuntimeProblem.CLOSED)).isEqualTo(1);
      assertThat(said).isEmpty();
      assertThat(contribution(ID).identity().attributes()).containsEntry("container.name", "web");
    }
  }

  @Test
  void aDaemonThatDoesNotAnswerKeepsNobodyWaiting() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (FakeDocker docker =
        FakeDocker.start(socket)
            .answers("/events", _ -> end.await())
            .answers("/containers/" + ID + "/json", _ -> end.await())) {
      watch(Start.FOUND);
      await().until(() -> problems(RuntimeProblem.SLOW) >= 2);

      assertThat(contribution(ID)).isEqualTo(Contribution.NOTHING);
      assertThat(said).hasSize(1).first().asString().contains("does not answer in time");
      assertThat(docker.asked("/containers")).isEmpty();
      end.countDown();
    }
  }

  @Test
  void noMoreQuestionsWaitThanTheQueueHolds() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (FakeDocker docker = FakeDocker.start(socket)) {
      FakeDocker.Answer never = _ -> end.await();
      for (int i = 0; i < 2; i++) {
        docker.answers("/containers/busy" + i + "/json", never);
      }
      within = Duration.ofMinutes(1);
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      for (int i = 0; i < 2; i++) {
        assertThat(contribution("busy" + i).pending()).isTrue();
      }
      await().until(() -> docker.asked("/containers").size() == 2);
      for (int i = 0; i < 1_024; i++) {
        contribution("waiting" + i);
      }
      long before = problems(RuntimeProblem.BUSY);
      for (int i = 0; i < 76; i++) {
        assertThat(contribution("too many" + i)).isEqualTo(Contribution.NOTHING);
      }

      assertThat(before).isZero();
      assertThat(problems(RuntimeProblem.BUSY)).isEqualTo(76);
      end.countDown();
    }
  }

  @Test
  void whatIsRememberedIsBoundedInBytes() throws IOException {
    try (FakeDocker docker = FakeDocker.start(socket)) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      String label = "t".repeat(2_000);
      for (int i = 0; i < 3_000; i++) {
        docker.report(created("id" + i, "c" + i).replace("\"a\"", "\"" + label + "\""));
      }

      await().until(() -> cache("containers").evictions() + cache("containers").entries() == 3_000);
      // 512 bytes, and two for each of the 1,024 characters that are kept of the label.
      assertThat(cache("containers").entries()).isBetween(350L, (1L << 20) / 2_560);
    }
  }

  @Test
  void aLabelOfAMebibyteIsShortenedIfItIsWanted() throws IOException {
    String large = "x".repeat(1 << 20);
    String labels = "\"team\":\"%s\",\"secret\":\"%s\"".formatted(large, large);
    try (FakeDocker docker =
        FakeDocker.start(socket).answers("/containers/" + ID + "/json", inspected("web", labels))) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      docker.report(CREATED.formatted(OTHER, "other", ",\"more\":\"" + large + "\""));

      await().until(() -> contribution(OTHER).identity().service() != null);
      assertThat(settled(ID).identity().attributes())
          .containsEntry("container.name", "web")
          .containsEntry("container.label.team", "x".repeat(1_024))
          .doesNotContainKey("container.label.secret");
      assertThat(problems(RuntimeProblem.TOO_LARGE)).isZero();
    }
  }

  private static void writeForEver(OutputStream to, String beginning) throws IOException {
    FakeDocker.begin(to);
    FakeDocker.chunk(to, beginning);
    while (true) {
      FakeDocker.chunk(to, "\"" + "y".repeat(1 << 16) + "\",");
    }
  }

  @Test
  void anAnswerWithoutEndIsGivenUp() throws IOException {
    try (FakeDocker docker =
        FakeDocker.start(socket)
            .answers("/containers/" + ID + "/json", to -> writeForEver(to, "{\"Mounts\":["))) {
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);

      assertThat(settled(ID)).isEqualTo(Contribution.NOTHING);
      assertThat(problems(RuntimeProblem.TOO_LARGE)).isEqualTo(1);
    }
  }

  @Test
  void anEventWithoutEndIsNotAskedForAgain() throws IOException {
    AtomicInteger times = new AtomicInteger();
    try (FakeDocker docker = FakeDocker.start(socket)) {
      docker.answers(
          "/events",
          to -> {
            if (times.getAndIncrement() == 0) {
              writeForEver(to, "{\"other\":[");
            }
            FakeDocker.begin(to);
            FakeDocker.chunk(to, created(ID, "web"));
            new CountDownLatch(1).await();
          });
      watch(Start.FOUND);

      await().until(() -> contribution(ID).identity().service() != null);
      assertThat(problems(RuntimeProblem.TOO_LARGE)).isEqualTo(1);
      List<String> asked = docker.asked("/events");
      assertThat(asked.getLast()).isGreaterThan(asked.getFirst());
    }
  }

  @Test
  void whatIsNotUnderstoodIsCountedAndNeverThrown() throws IOException {
    List<String> answers =
        List.of(
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1]",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"Name\":}",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 301\r\n\r\n{\"a\":" + "[".repeat(296),
            "HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(300) + "\r\n",
            "HTTP/1.1 200 OK\r\nA: " + "b".repeat(10_000) + "\r\n\r\n");
    try (FakeDocker docker = FakeDocker.start(socket)) {
      for (int i = 0; i < answers.size(); i++) {
        byte[] answer = answers.get(i).getBytes(US_ASCII);
        docker.answers("/containers/c" + i + "/json", to -> to.write(answer));
      }
      docker.answers(
          "/containers/refused/json",
          to -> to.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n".getBytes(US_ASCII)));
      watch(Start.FOUND);
      await().until(() -> docker.listening() == 1);
      for (int i = 0; i < answers.size(); i++) {
        assertThat(settled("c" + i)).as(answers.get(i)).isEqualTo(Contribution.NOTHING);
      }
      assertThat(settled("refused")).isEqualTo(Contribution.NOTHING);

      assertThat(problems(RuntimeProblem.MALFORMED)).isEqualTo(answers.size());
      assertThat(problems(RuntimeProblem.REFUSED)).isEqualTo(1);
    }
  }
}
