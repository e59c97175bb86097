package io.netspan.bpf.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.BtfStruct;
import io.netspan.bpf.btf.MapDefinition;
import io.netspan.bpf.object.BpfLink;
import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.object.KernelTest;
import io.netspan.bpf.ring.RingBuffer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the README's example. */
@KernelTest
final class ReadmeKernelTest {
  private static final Path SOURCE =
      Path.of("src/test/java/io/netspan/bpf/example/ReadmeKernelTest.java");
  private static final Path PROGRAM =
      Path.of("src/test/resources/io/netspan/bpf/example/execs.bpf.c");

  private final Map<Integer, String> execs = new ConcurrentHashMap<>();

  private void watch(Path file, int uid, BooleanSupplier enough) throws IOException {
    // The README's code begins.
    try (BpfObject object = BpfObject.open("execs", Files.readAllBytes(file))) {
      BtfStruct event = object.btf().struct("exec_event").orElseThrow();
      long tgid = event.member("tgid").orElseThrow().offset();
      long comm = event.member("comm").orElseThrow().offset();

      object.constant("wanted_uid", uid);
      object.map("events").resize(64 * 1024);
      object.load();
      try (BpfLink link = object.program("executed").attach();
          RingBuffer ring = RingBuffer.of(object.map("events"))) {
        while (!enough.getAsBoolean()) {
          ring.await(/* timeoutMillis= */ 100);
          ring.drain(
              (records, offset, length) ->
                  execs.put(
                      records.get(ValueLayout.JAVA_INT, offset + tgid),
                      records.getString(offset + comm)),
              /* budget= */ 1_000);
        }
        link.requireAttached();
      }
    }
    // The README's code ends.
  }

  @Test
  void theExampleSeesEachExec(@TempDir Path directory) throws Exception {
    Path object = compile(directory);
    Process child = new ProcessBuilder("sh", "-c", "read line; exec true").start();
    int pid = (int) child.pid();
    int uid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");

    Thread released =
        Thread.ofPlatform()
            .unstarted(
                () -> {
                  try {
                    child.getOutputStream().close();
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    watch(
        object,
        uid,
        () -> {
          if (released.getState() == Thread.State.NEW) {
            released.start(); // It is attached by now.
          }
          return execs.containsKey(pid);
        });

    assertThat(execs).containsEntry(pid, "true");
    assertThat(child.waitFor()).isZero();
    released.join();
  }

  @Test
  void theObjectDescribesItsMap(@TempDir Path directory) throws Exception {
    MapDefinition events =
        Btf.of(Files.readAllBytes(compile(directory))).map("events").orElseThrow();

    assertThat(events.maxEntries()).isEqualTo(4096);
    assertThat(events.key()).isEmpty();
  }

  @Test
  void theReadmeHasThisCode() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String source = Files.readString(SOURCE);
    String code = source.split("// The README's code (begins|ends)\\.\n", 3)[1];

    assertThat(readme)
        .contains("```java\n" + code.stripIndent().strip() + "\n```")
        .contains("```c\n" + Files.readString(PROGRAM) + "```");
  }

  private static Path compile(Path directory) throws IOException, InterruptedException {
    Path object = directory.resolve("execs.bpf.o");
    String machine = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
    // Debian keeps asm/types.h in a directory of the architecture.
    String architecture = "/usr/include/" + machine + "-linux-gnu";
    Process clang =
        new ProcessBuilder(
                "clang",
                "-O2",
                "-g",
                "-target",
                "bpf",
                "-I",
                architecture,
                "-c",
                PROGRAM.toString(),
                "-o",
                object.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(clang.getInputStream().readAllBytes(), UTF_8);
    assertThat(clang.waitFor()).as(output).isZero();
    return object;
  }
}
