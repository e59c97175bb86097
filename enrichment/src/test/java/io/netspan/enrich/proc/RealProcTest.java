package io.netspan.enrich.proc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.enrich.ServiceName.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RealProcTest {
  private static final Path PROC = Path.of("/proc");

  private final ProcessEnricher enricher = Processes.create(PROC, 100);

  /**
   * The key as the kernel programs would have it, except for the last 10 ms, which procfs does not
   * show.
   */
  private static ProcessKey key(Process process) throws IOException {
    int pid = Math.toIntExact(process.pid());
    String line = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.UTF_8);
    ProcStat stat = Objects.requireNonNull(ProcStat.parse(line));
    return new ProcessKey(pid, stat.startTicks() * 10_000_000 + 9_999_999);
  }

  /**
   * Starts a process and returns once it runs the requested program and no longer its parent's
   * copy; the program then waits for the end of its input.
   */
  private static Process started(ProcessBuilder builder) throws IOException {
    builder.environment().keySet().removeIf(name -> name.contains("JAVA") || name.contains("OTEL"));
    Process process = builder.start();
    assertThat(process.getInputStream().read()).isEqualTo('.');
    return process;
  }

  @Test
  void childIsIdentifiedUntilItEnds() throws Exception {
    Process child = started(new ProcessBuilder("sh", "-c", "echo .; read x", "--token", "abc"));
    ProcessKey key = key(child);

    ProcessIdentity identity = enricher.identify(key);

    assertThat(identity.facts().key()).isEqualTo(key);
    assertThat(identity.facts().parentPid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(identity.facts().netNamespace())
        .isEqualTo(inode(Files.readSymbolicLink(PROC.resolve("self/ns/net"))));
    assertThat(identity.commandArgs())
        .containsExactly("sh", "-c", "echo .; read x", "--token", "***");
    assertThat(identity.executablePath()).startsWith("/");
    child.getOutputStream().close();
    child.waitFor();
    assertThat(enricher.identify(new ProcessKey(key.pid(), key.startTimeNanos() + 10_000_000)))
        .extracting(other -> other.facts().executableName())
        .isEqualTo("");
    assertThat(Processes.create(PROC, 1).identify(key).facts())
        .isEqualTo(ProcessFacts.unknown(key));
  }

  @Test
  void childJvmIsCalledByItsSettingsAndItsMainClassIsKnown(@TempDir Path directory)
      throws Exception {
    Path source = directory.resolve("OrderDesk.java");
    Files.writeString(
        source,
        """
        class OrderDesk {
          public static void main(String[] args) throws java.io.IOException {
            System.out.print('.');
            System.out.flush();
            System.in.read();
          }
        }
        """);
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    ProcessBuilder plain = new ProcessBuilder(java, "-cp", "/nowhere", source.toString());
    assertThat(identity(plain).jvmMainClass()).isEqualTo("OrderDesk");

    ProcessBuilder named = new ProcessBuilder(java, "-Dotel.service.name=desk", source.toString());
    assertThat(identity(named).service()).isEqualTo(new ServiceName("desk", Source.OTEL_SETTINGS));
  }

  private ProcessIdentity identity(ProcessBuilder builder) throws Exception {
    Process child = started(builder);
    ProcessIdentity identity = enricher.identify(key(child));
    child.getOutputStream().close();
    child.waitFor();
    return identity;
  }

  @Test
  void childsEnvironmentNamesIt() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder("env", "OTEL_SERVICE_NAME=shop", "sh", "-c", "echo .; read x");

    ServiceName service = identity(builder).service();

    assertThat(service).isEqualTo(new ServiceName("shop", Source.OTEL_SETTINGS));
  }

  private static long inode(Path link) {
    return Long.parseLong(link.toString().replaceAll("\\D", ""));
  }
}
