package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a process writes to its files, the reader gets short and harmless texts and no
 * exception.
 */
class HostileProcTest {
  private static final int PID = 666;
  private static final List<String> FILES = List.of("status", "cmdline", "environ", "cgroup");

  @TempDir private Path directory;

  private static void assertHarmless(ProcessIdentity identity) {
    Stream<String> texts =
        Stream.of(
                identity.facts().cgroup().stream(),
                identity.commandArgs().stream(),
                Stream.of(identity.facts().comm(), identity.facts().executableName()),
                Stream.of(identity.service().name()),
                Stream.ofNullable(identity.executablePath()),
                Stream.ofNullable(identity.systemdUnit()),
                Stream.ofNullable(identity.jvmMainClass()),
                Stream.ofNullable(identity.service().version()))
            .flatMap(stream -> stream);
    assertThat(texts)
        .allSatisfy(
            text -> {
              assertThat(text).hasSizeLessThanOrEqualTo(1024);
              assertThat(text).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\u2028\\u2029]");
            });
  }

  private ProcessIdentity identify() {
    return Processes.create(directory, 10).identify(FakeProc.key(PID));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\n", "\u001b[2J", "\0", "\u202E", "a=b,", "/", "0::/x\n", "="})
  void megabyteOfAnythingInEachFile(String pattern) {
    String megabyte = pattern.repeat(1 << 20);
    FakeProc proc = new FakeProc(directory).process(PID, "/opt/java", "java");
    FILES.forEach(file -> proc.file(PID, file, megabyte));

    ProcessIdentity identity = identify();

    assertHarmless(identity);
    assertThat(identity.executablePath()).isEqualTo("/opt/java");
  }

  @Test
  void commOfAMegabyteIsNotBelieved() {
    new FakeProc(directory)
        .process(PID, "/bin/x", "x")
        .file(PID, "stat", FakeProc.stat(PID, "x".repeat(1 << 20), FakeProc.START_TICKS));

    assertThat(identify().facts()).isEqualTo(ProcessFacts.unknown(FakeProc.key(PID)));
  }

  @Test
  void commWithNewLinesAndEscapes() {
    new FakeProc(directory)
        .process(PID, "/bin/x", "x")
        .file(PID, "stat", FakeProc.stat(PID, "a\n) \u001b]0;x\u0007", FakeProc.START_TICKS));

    assertThat(identify().facts().comm()).isEqualTo("a\uFFFD) \uFFFD]0;x\uFFFD");
  }

  @Test
  void factsOfTheKernelAreMadeHarmlessAndShort() {
    ProcessFacts facts =
        new ProcessFacts(
            FakeProc.key(PID),
            1,
            0,
            "a\nb",
            "x\u001b".repeat(1 << 20),
            1,
            Collections.nCopies(100, "a\n"),
            1,
            1);

    assertThat(facts.comm()).isEqualTo("a\uFFFDb");
    assertThat(facts.executableName()).hasSize(255).doesNotContain("\u001b");
    assertThat(facts.cgroup()).hasSize(64).containsOnly("a\uFFFD");
  }

  @Test
  void invalidUtf8() {
    byte[] invalid = new byte[4096];
    Arrays.fill(invalid, (byte) 0xFE);
    FakeProc proc = new FakeProc(directory).process(PID, "/bin/x", "x");
    FILES.forEach(file -> proc.file(PID, file, invalid));

    assertHarmless(identify());
  }

  @Test
  void randomBytesInEveryFile() {
    Random random = new Random(23);
    for (int round = 0; round < 101; round++) {
      byte[] bytes = new byte[random.nextInt(2000)];
      random.nextBytes(bytes);
      FakeProc proc = new FakeProc(directory).process(PID, "/usr/bin/python3", "x");
      FILES.forEach(file -> proc.file(PID, file, bytes));
      assertHarmless(identify());
      proc.file(PID, "stat", bytes);
      assertHarmless(identify());
    }
  }

  @Test
  void executableWithEscapesInItsName() {
    new FakeProc(directory).process(PID, "/tmp/a\u001b[2J\nb", "x");

    ProcessIdentity identity = identify();

    assertThat(identity.executablePath()).isEqualTo("/tmp/a\uFFFD[2J\uFFFDb");
    assertThat(identity.service().name()).isEqualTo("a\uFFFD[2J\uFFFDb");
  }

  @Test
  void directoriesInPlaceOfFiles() throws IOException {
    for (String file : List.of("stat", "cmdline", "exe")) {
      Files.createDirectories(directory.resolve(Integer.toString(PID)).resolve(file));
    }

    assertThat(identify().facts()).isEqualTo(ProcessFacts.unknown(FakeProc.key(PID)));
  }

  @Test
  void secretsOfTheEnvironmentAreNowhere() {
    new FakeProc(directory)
        .process(PID, "/bin/x", "x")
        .file(PID, "environ", "DB_PASSWORD=hunter2\0OTEL_SERVICE_NAME=shop\0");

    assertThat(identify().toString()).contains("shop").doesNotContain("hunter2");
  }
}
