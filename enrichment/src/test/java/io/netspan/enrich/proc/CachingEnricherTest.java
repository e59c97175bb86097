package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Container;
import io.netspan.enrich.EnrichmentStats;
import io.netspan.enrich.EnrichmentStats.Outcome;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.ServiceName.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachingEnricherTest {
  private static final int PID = 4711;
  private static final String ID = "0123456789abcdef".repeat(4);

  @TempDir private Path directory;
  private FakeProc proc;
  private final List<String> asked = new ArrayList<>();
  private ProcessEnricher enricher;

  @BeforeEach
  void create() {
    proc = new FakeProc(directory);
    enricher = Processes.create(directory, this::readNamed, 100);
  }

  /** Counts what was asked for, and knows no permissions. */
  private byte[] readNamed(Path process, int uid, String path, int limit) throws IOException {
    asked.add(uid + " " + path);
    if (path.equals("unreadable")) {
      throw new IOException("EMFILE");
    }
    String base = path.startsWith("/") ? "root" : "cwd/";
    return Files.readAllBytes(Path.of(process + "/" + base + path));
  }

  private static ProcessFacts facts(String executable, String... cgroup) {
    return new ProcessFacts(
        FakeProc.key(PID), 7, 1000, executable, executable, 77, List.of(cgroup), 11, 12);
  }

  private long count(Outcome outcome) {
    return enricher.stats().count(EnrichmentStats.Source.PROC, outcome);
  }

  private long hits() {
    return enricher.stats().count(EnrichmentStats.Source.CACHE, Outcome.COMPLETE);
  }

  @Test
  void fromKernelKnowsContainerUnitAndExecutableWithoutAnyFile() {
    assertThat(enricher.fromKernel(facts("curl", ID, "docker")))
        .isEqualTo(
            new ProcessIdentity(
                facts("curl", ID, "docker"),
                null,
                List.of(),
                null,
                new Container(ID, "docker"),
                null,
                new ServiceName("curl", Source.EXECUTABLE),
                Map.of()));
    assertThat(enricher.fromKernel(facts("nginx", "web.service", "system.slice")).service())
        .isEqualTo(new ServiceName("web", Source.SYSTEMD));
  }

  @Test
  void nothingKnownIsSaid() {
    assertThat(enricher.fromKernel(ProcessFacts.unknown(FakeProc.key(PID))).service())
        .isEqualTo(new ServiceName("unknown_service", Source.UNKNOWN));
  }

  @Test
  void kernelThreadIsCalledByItsComm() {
    ProcessFacts thread =
        new ProcessFacts(FakeProc.key(PID), 2, 0, "nfsd", "", 1, List.of(), 11, 12);

    assertThat(enricher.fromKernel(thread).service())
        .isEqualTo(new ServiceName("nfsd", Source.EXECUTABLE));
  }

  @Test
  void enrichCompletesAndCaches() {
    proc.process(PID, "/usr/bin/curl", "curl", "-u", "me:secret", "http://h/");

    ProcessIdentity identity = enricher.enrich(facts("curl", ID, "docker"));

    assertThat(identity)
        .isEqualTo(
            new ProcessIdentity(
                facts("curl", ID, "docker"),
                "/usr/bin/curl",
                List.of("curl", "-u", "me:***", "http://h/"),
                null,
                new Container(ID, "docker"),
                null,
                new ServiceName("curl", Source.EXECUTABLE),
                Map.of()));
    assertThat(enricher.enrich(facts("curl", ID, "docker"))).isSameAs(identity);
    assertThat(enricher.identify(FakeProc.key(PID))).isSameAs(identity);
    assertThat(count(Outcome.COMPLETE)).isEqualTo(1);
    assertThat(hits()).isEqualTo(2);
    assertThat(enricher.stats().cached()).isEqualTo(1);
  }

  @Test
  void execReplacesTheEntry() {
    proc.process(PID, "/bin/sh", "sh", "-c", "exec curl");
    ProcessIdentity before = enricher.enrich(facts("sh"));
    proc.process(PID, "/usr/bin/curl", "curl");

    ProcessIdentity after = enricher.enrich(facts("curl"));

    assertThat(before.executablePath()).isEqualTo("/bin/sh");
    assertThat(after.executablePath()).isEqualTo("/usr/bin/curl");
    assertThat(enricher.enrich(facts("curl"))).isSameAs(after);
  }

  @Test
  void execOfTheSameProgramIsSeenOnceTheOldIsForgotten() {
    proc.process(PID, "/usr/bin/python3", "python3", "a.py");
    assertThat(enricher.enrich(facts("python3")).service().name()).isEqualTo("a");
    proc.process(PID, "/usr/bin/python3", "python3", "b.py");

    enricher.forget(FakeProc.key(PID));

    assertThat(enricher.enrich(facts("python3")).service())
        .isEqualTo(new ServiceName("b", Source.SCRIPT));
  }

  @Test
  void programThatCameAfterTheFactsLendsThemNothing() {
    proc.process(PID, "/usr/bin/curl", "curl", "x")
        .file(PID, "environ", "OTEL_SERVICE_NAME=curl's\0");

    assertThat(enricher.enrich(facts("sh"))).isEqualTo(enricher.fromKernel(facts("sh")));
    assertThat(count(Outcome.REPLACED)).isEqualTo(1);
  }

  @Test
  void executableThatTheKernelCutIsTheSame() {
    String name = "x".repeat(100);
    proc.process(PID, "/opt/" + name, "x");

    assertThat(enricher.enrich(facts(name.substring(0, 63))).executablePath())
        .isEqualTo("/opt/" + name);
  }

  @Test
  void namesCutWithinACharacterOrNotDecodedAreTheSame() {
    String cut = "x".repeat(61) + "\uFFFD";
    ProcessFacts whole = facts("x".repeat(61) + "\u670D\u52A1");

    assertThat(facts(cut).mayRunTheProgramOf(whole)).isTrue();
    assertThat(facts("y" + cut).mayRunTheProgramOf(whole)).isFalse();
    assertThat(facts("x").mayRunTheProgramOf(whole)).isFalse();
    assertThat(facts("\u670D").mayRunTheProgramOf(facts("\uFFFD\uFFFD\uFFFD"))).isTrue();
  }

  @Test
  void goneProcessKeepsWhatTheKernelReported() {
    assertThat(enricher.enrich(facts("curl", ID)))
        .isEqualTo(enricher.fromKernel(facts("curl", ID)));
    assertThat(count(Outcome.GONE)).isEqualTo(1);
  }

  @Test
  void youngerProcessOfTheSamePidIsNotTaken() {
    proc.process(PID, "/usr/bin/curl", "curl").file(PID, "stat", FakeProc.stat(PID, "curl", 4_243));

    assertThat(enricher.enrich(facts("curl")).executablePath()).isNull();
    assertThat(enricher.identify(new ProcessKey(PID, 1)).facts())
        .isEqualTo(ProcessFacts.unknown(new ProcessKey(PID, 1)));
    assertThat(count(Outcome.REUSED)).isEqualTo(2);
  }

  @Test
  void pidReusedWhileReadThrowsAwayWhatWasRead() {
    proc.process(PID, "/usr/bin/curl", "curl", "of the next process");
    ProcessEnricher reusing =
        whenRead("environ", () -> proc.file(PID, "stat", FakeProc.stat(PID, "curl", 4_243)));

    ProcessIdentity identity = reusing.enrich(facts("curl"));

    assertThat(identity).isEqualTo(enricher.fromKernel(facts("curl")));
    assertThat(reusing.stats().count(EnrichmentStats.Source.PROC, Outcome.REUSED)).isEqualTo(1);
  }

  @Test
  void processThatEndsWhileReadThrowsAwayWhatWasRead() {
    proc.process(PID, "/usr/bin/curl", "curl");
    ProcessEnricher ending = whenRead("cgroup", () -> proc.delete(PID, "stat").delete(PID, "exe"));

    ProcessIdentity identity = ending.identify(FakeProc.key(PID));

    assertThat(identity.facts()).isEqualTo(ProcessFacts.unknown(FakeProc.key(PID)));
  }

  @Test
  void execWhileReadThrowsAwayWhatWasRead() {
    proc.process(PID, "/bin/sh", "sh");
    ProcessEnricher executing = whenRead("environ", () -> proc.link(PID, "exe", "/usr/bin/curl"));

    assertThat(executing.enrich(facts("sh"))).isEqualTo(enricher.fromKernel(facts("sh")));
  }

  /** An enricher that sees the process change just before it reads a file. */
  private ProcessEnricher whenRead(String file, Runnable change) {
    ProcDirectory files = new ProcDirectory(directory, NamedFiles.NONE);
    return Processes.create(
        new ProcFiles() {
          @Override
          public byte[] read(int pid, String name, int limit) throws IOException {
            if (name.equals(file)) {
              change.run();
            }
            return files.read(pid, name, limit);
          }

          @Override
          public byte[] readNamed(int pid, int uid, String path, int limit) throws IOException {
            return files.readNamed(pid, uid, path, limit);
          }

          @Override
          public boolean exists(int pid) {
            return files.exists(pid);
          }

          @Override
          public String link(int pid, String name) throws IOException {
            return files.link(pid, name);
          }

          @Override
          public List<Integer> threads(int pid) throws IOException {
            return files.threads(pid);
          }
        },
        100);
  }

  private ProcessIdentity forkedFrom(ProcessIdentity kin, ProcessFacts facts) {
    return enricher.enrich(facts, kin);
  }

  private ProcessIdentity server(String executable, String... cgroup) {
    proc.process(99, "/opt/" + executable, executable, "serve.py", "--port=80")
        .file(99, "cgroup", "0::/" + String.join("/", List.of(cgroup).reversed()) + "\n");
    return enricher.enrich(
        new ProcessFacts(
            FakeProc.key(99), 1, 0, executable, executable, 77, List.of(cgroup), 11, 12));
  }

  @Test
  void whatIsGoneTakesPathArgumentsAndNameFromTheOneItWasForkedFrom() {
    ProcessIdentity kin = server("python3", "a.scope");

    ProcessIdentity child = forkedFrom(kin, facts("python3", "a.scope"));

    assertThat(child.executablePath()).isEqualTo("/opt/python3");
    assertThat(child.commandArgs()).containsExactly("python3", "serve.py", "--port=80");
    assertThat(child.service()).isEqualTo(new ServiceName("serve", Source.SCRIPT));
    assertThat(child.facts()).isEqualTo(facts("python3", "a.scope"));
  }

  @Test
  void anExecutableThatTheKernelDidNotReportIsTheKins() {
    ProcessFacts exiting =
        new ProcessFacts(FakeProc.key(PID), 7, 1000, "worker", "", 77, List.of(), 11, 12);

    ProcessIdentity child = forkedFrom(server("postgres"), exiting);

    assertThat(child.facts().executableName()).isEqualTo("postgres");
    assertThat(child.service().name()).isEqualTo("postgres");
  }

  @Test
  void containerAndUnitAreItsOwn() {
    ProcessIdentity kin = server("python3", "web.service", "system.slice");

    ProcessIdentity child = forkedFrom(kin, facts("python3", ID, "docker"));

    assertThat(child.container()).isEqualTo(new Container(ID, "docker"));
    assertThat(child.systemdUnit()).isNull();
    assertThat(child.service().name()).isEqualTo("python3");
  }

  @Test
  void anotherProgramIsNoKin() {
    assertThat(forkedFrom(server("sh"), facts("curl")).executablePath()).isNull();
  }

  @Test
  void whatProcStillHasIsBetterThanTheKins() {
    proc.process(PID, "/opt/postgres", "postgres: walwriter");

    assertThat(forkedFrom(server("postgres"), facts("postgres")).commandArgs())
        .containsExactly("postgres: walwriter");
  }

  @Test
  void aLeaderThatHasEndedIsReadFromAnotherThread() {
    String ended = FakeProc.stat(PID, "worker", FakeProc.START_TICKS).replace(") S ", ") Z ");
    proc.file(PID, "stat", ended)
        .file(PID, "task/" + PID + "/comm", "")
        .file(PID, "task/4712/comm", "");
    proc.process(4712, "/opt/worker", "worker", "-v");

    ProcessIdentity identity = enricher.identify(FakeProc.key(PID));

    assertThat(identity.executablePath()).isEqualTo("/opt/worker");
    assertThat(identity.commandArgs()).containsExactly("worker", "-v");
    assertThat(identity.facts().comm()).isEqualTo("worker");
    assertThat(identity.facts().key()).isEqualTo(FakeProc.key(PID));
  }

  @Test
  void identifyReadsWhatTheKernelWouldHaveReported() {
    proc.process(PID, "/usr/sbin/nginx", "nginx: worker process")
        .file(PID, "cgroup", "0::/system.slice/web.service\n");

    ProcessIdentity identity = enricher.identify(FakeProc.key(PID));

    assertThat(identity.facts())
        .isEqualTo(
            new ProcessFacts(
                FakeProc.key(PID),
                7,
                1000,
                "nginx",
                "nginx",
                0,
                List.of("web.service", "system.slice"),
                4026531836L,
                4026531840L));
    assertThat(identity.service()).isEqualTo(new ServiceName("web", Source.SYSTEMD));
    assertThat(identity.systemdUnit()).isEqualTo("web.service");
  }

  @Test
  void kernelFactsReplaceWhatWasIdentifiedWithoutThem() {
    proc.process(PID, "/usr/bin/curl", "curl");
    enricher.identify(FakeProc.key(PID));

    assertThat(enricher.enrich(facts("curl")).facts()).isEqualTo(facts("curl"));
    assertThat(enricher.identify(FakeProc.key(PID)).facts()).isEqualTo(facts("curl"));
  }

  @Test
  void serviceNameFollowsTheDocumentedOrder() {
    proc.process(
            PID, "/opt/jdk/bin/java", "java", "-Dotel.service.name=own", "-jar", "/x/shop-1.0.jar")
        .file(PID, "environ", "OTEL_RESOURCE_ATTRIBUTES=service.namespace=ns,service.version=9\0");

    assertThat(enricher.enrich(facts("java", "web.service")).service())
        .isEqualTo(new ServiceName("own", Source.OTEL_SETTINGS, "ns", null, "9"));

    proc.file(PID, "cmdline", "java\0-jar\0/x/shop-1.0.jar\0");
    enricher.forget(FakeProc.key(PID));
    assertThat(enricher.enrich(facts("java", "web.service")).service())
        .isEqualTo(new ServiceName("web", Source.SYSTEMD, "ns", null, "9"));

    ProcessIdentity byHand = enricher.enrich(facts("java", "session-3.scope"));
    assertThat(byHand.service()).isEqualTo(new ServiceName("shop", Source.JVM, "ns", null, "9"));
    assertThat(byHand.jvmMainClass()).isEqualTo("shop-1.0.jar");

    proc.file(PID, "cmdline", "java\0@all\0");
    assertThat(enricher.enrich(facts("java", "ssh.service")).service())
        .isEqualTo(new ServiceName("java", Source.EXECUTABLE, "ns", null, "9"));
  }

  @Test
  void theUnitIsTheProcessesInItsContainer() {
    assertThat(unit("nginx.service", "system.slice", ID, "docker")).isEqualTo("nginx.service");
    assertThat(unit("libpod-payload-" + ID, "shop.service")).isEqualTo("shop.service");
    assertThat(unit("kubepods-a.slice:cri-containerd:" + ID, "containerd.service")).isNull();
    assertThat(unit("docker-" + ID + ".scope", "user.slice", "user@1000.service")).isNull();
    assertThat(unit("payload", "systemd-nspawn@deb12.service", "machine.slice")).isNull();
    assertThat(unit("containerd.service", "system.slice")).isEqualTo("containerd.service");
  }

  private @Nullable String unit(String... cgroup) {
    return enricher.fromKernel(facts("curl", cgroup)).systemdUnit();
  }

  @Test
  void aPathThatTheKernelProgramsHadToCutIsCompletedFromProcfs() {
    String[] names = new String[9];
    Arrays.setAll(names, i -> "%0200d".formatted(i));
    String path = String.join("/", Arrays.asList(names).reversed());
    proc.process(PID, "/usr/bin/curl", "curl")
        .file(PID, "cgroup", "0::/system.slice/docker-" + ID + ".scope/" + path + "\n");

    assertThat(enricher.enrich(facts("curl", names)).container())
        .isEqualTo(new Container(ID, "docker"));
    names[8] = "elsewhere" + names[8].substring(9);
    assertThat(enricher.enrich(facts("curl", names)).container()).isNull();
  }

  @Test
  void aProgramIsCalledAsItWasStarted() {
    proc.process(PID, "/usr/bin/redis-check-rdb", "/usr/bin/redis-server", "*:6379")
        .file(PID, "stat", FakeProc.stat(PID, "redis-server", FakeProc.START_TICKS));
    assertThat(enricher.identify(FakeProc.key(PID)).service())
        .isEqualTo(new ServiceName("redis-server", Source.EXECUTABLE));

    enricher.forget(FakeProc.key(PID));
    proc.process(PID, "/opt/worker", "/opt/worker", "x")
        .file(PID, "stat", FakeProc.stat(PID, "nginx", FakeProc.START_TICKS));
    assertThat(enricher.identify(FakeProc.key(PID)).service().name())
        .as("a name that the program gave itself")
        .isEqualTo("worker");
  }

  @Test
  void anAppletIsNamedWithoutAnyFile() {
    ProcessFacts wget =
        new ProcessFacts(FakeProc.key(PID), 7, 0, "wget", "busybox", 77, List.of(), 11, 12);

    assertThat(enricher.fromKernel(wget).service().name()).isEqualTo("wget");
    assertThat(enricher.enrich(wget).service().name()).as("it is gone").isEqualTo("wget");
  }

  @Test
  void aMainClassIsFoundInAnArgumentFile() {
    proc.process(PID, "/opt/jdk/bin/java", "java", "@/etc/shop.args", "@more", "x")
        .file(PID, "root/etc/shop.args", "-cp '/opt/my shop/*'\n-Dotel.service.name=shop # name")
        .file(PID, "cwd/more", "com.acme.Orders serve");

    ProcessIdentity identity = enricher.enrich(facts("java"));

    assertThat(identity.jvmMainClass()).isEqualTo("com.acme.Orders");
    assertThat(identity.service()).isEqualTo(new ServiceName("shop", Source.OTEL_SETTINGS));
    assertThat(identity.commandArgs()).containsExactly("java", "@/etc/shop.args", "@more", "x");
  }

  @Test
  void anArgumentFileThatIsRefusedLeavesTheReadingComplete() {
    proc.process(PID, "/opt/jdk/bin/java", "java", "@refused", "@/none");

    assertThat(enricher.enrich(facts("java")).jvmMainClass()).isNull();
    assertThat(asked).containsExactly("1000 refused", "1000 /none");
    assertThat(count(Outcome.COMPLETE)).isOne();
  }

  @Test
  void anArgumentFileThatTheAgentFailsToReadMakesTheReadingPartial() {
    proc.process(PID, "/opt/jdk/bin/java", "java", "@unreadable");

    assertThat(enricher.enrich(facts("java")).jvmMainClass()).isNull();
    assertThat(count(Outcome.PARTIAL)).isOne();
  }

  @Test
  void onlyJavaHasArgumentFiles() {
    proc.process(PID, "/usr/bin/curl", "java", "@more").file(PID, "cwd/more", "com.acme.Orders");

    assertThat(enricher.enrich(facts("curl")).commandArgs()).containsExactly("java", "@more");
    assertThat(asked).isEmpty();
    assertThat(count(Outcome.COMPLETE)).isOne();
  }

  @Test
  void itsOwnResourceAttributesAreTaken() {
    proc.process(PID, "/usr/bin/curl", "curl")
        .file(
            PID,
            "environ",
            "OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=prod,service.namespace=ns,"
                + "process.pid=1,host.name=mine,telemetry.sdk.name=x,netspan.systemd.unit=y,"
                + "db.password=geheim,team=a%2Cb,bell=%07\0");

    ProcessIdentity identity = enricher.enrich(facts("curl"));
    assertThat(identity.attributes())
        .containsOnly(
            Map.entry("deployment.environment.name", "prod"),
            Map.entry("db.password", "***"),
            Map.entry("team", "a,b"),
            Map.entry("bell", "\uFFFD"));
    assertThat(identity.service())
        .isEqualTo(new ServiceName("curl", Source.EXECUTABLE, "ns", null, null));
  }

  @Test
  void deletedExecutableIsNamedWithoutTheMark() {
    proc.process(PID, "/usr/bin/curl", "curl").link(PID, "exe", "/usr/bin/curl (deleted)");

    assertThat(enricher.enrich(facts("curl")).executablePath()).isEqualTo("/usr/bin/curl");
    assertThat(count(Outcome.COMPLETE)).isEqualTo(1);
  }

  @Test
  void missingFilesGiveAPartOfTheIdentity() {
    proc.process(PID, "/usr/bin/curl", "curl", "x").delete(PID, "exe").delete(PID, "environ");

    ProcessIdentity identity = enricher.enrich(facts("curl"));

    assertThat(identity.executablePath()).isNull();
    assertThat(identity.commandArgs()).containsExactly("curl", "x");
    assertThat(count(Outcome.PARTIAL)).isEqualTo(1);
  }

  @Test
  void failureIsTriedAgain() {
    proc.process(PID, "/usr/bin/curl", "curl").file(PID, "stat", "nonsense");
    assertThat(enricher.enrich(facts("curl")).executablePath()).isNull();
    assertThat(count(Outcome.FAILED)).isEqualTo(1);

    proc.process(PID, "/usr/bin/curl", "curl");

    assertThat(enricher.enrich(facts("curl")).executablePath()).isEqualTo("/usr/bin/curl");
  }

  @Test
  void exceptionOfTheFileSystemIsAFailure() {
    ProcessEnricher failing =
        whenRead(
            "cmdline",
            () -> {
              throw new IllegalStateException("broken mount");
            });
    proc.process(PID, "/usr/bin/curl", "curl");

    assertThat(failing.enrich(facts("curl"))).isEqualTo(enricher.fromKernel(facts("curl")));
    assertThat(failing.stats().count(EnrichmentStats.Source.PROC, Outcome.FAILED)).isEqualTo(1);
  }

  @Test
  void cacheIsBounded() {
    for (int pid = 1; pid <= 1009; pid++) {
      enricher.identify(new ProcessKey(pid, 1));
    }

    assertThat(enricher.stats().cached()).isLessThanOrEqualTo(100);
    assertThat(count(Outcome.GONE)).isEqualTo(1009);
  }

  @Test
  void fewerAreRememberedOfThoseThatSayMore() {
    for (int pid = 1; pid <= 100; pid++) {
      proc.process(pid, "/bin/x", "x");
      enricher.identify(FakeProc.key(pid));
    }
    assertThat(enricher.stats().cached()).isBetween(50L, 100L);

    ProcessEnricher other = Processes.create(directory, 100);
    String argument = "y".repeat(1_024);
    for (int pid = 1; pid <= 100; pid++) {
      proc.process(pid, "/bin/x", argument, argument, argument);
      other.identify(FakeProc.key(pid));
    }
    assertThat(other.stats().cached()).isBetween(5L, 100 * 512 / (2 * 3 * 1_024L));
  }
}
