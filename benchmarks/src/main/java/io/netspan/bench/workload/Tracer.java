package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.machine.BpfProgram;
import io.netspan.bench.machine.BpfPrograms;
import io.netspan.bench.machine.Cgroup;
import io.netspan.bench.machine.Waiting;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A contender at work: nothing for {@code untraced}. Programs of BPF that appear while it starts
 * are its own.
 */
final class Tracer implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);
  private static final int STOP_SECONDS = 60;

  private final Contender contender;
  private final Path errors;
  private final Set<Integer> programs = new HashSet<>();
  private final @Nullable Sink sink;
  private final @Nullable Cgroup cgroup;
  private final @Nullable Process process;
  private double startMs;
  private double startCpuSeconds;

  private Tracer(
      Contender contender,
      Path errors,
      @Nullable Sink sink,
      @Nullable Cgroup cgroup,
      @Nullable Process process) {
    this.contender = contender;
    this.errors = errors;
    this.sink = sink;
    this.cgroup = cgroup;
    this.process = process;
  }

  /** Starts the contender, and returns when it traces. */
  static Tracer start(Tools tools, Contender contender, List<String> options)
      throws IOException, InterruptedException {
    Path errors = tools.folder().resolve(contender.name() + ".err");
    if (!contender.isTracing()) {
      return new Tracer(contender, errors, null, null, null);
    }
    Map<Integer, BpfProgram> before = BpfPrograms.list();
    int links = BpfPrograms.links();
    Sink sink = contender.protocol().isPresent() ? Sink.start(tools.sink()) : null;
    Cgroup cgroup = Cgroup.create();
    ProcessBuilder builder =
        new ProcessBuilder(cgroup.running(command(tools, contender, options)))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile());
    setEnvironment(builder.environment(), contender, sink);
    long began = System.nanoTime();
    Tracer tracer = new Tracer(contender, errors, sink, cgroup, builder.start());
    try {
      tracer.awaitStart(began, links);
      tracer.programs.addAll(BpfPrograms.list().keySet());
      tracer.programs.removeAll(before.keySet());
      return tracer;
    } catch (IOException | RuntimeException e) {
      tracer.close();
      throw e;
    }
  }

  private static List<String> command(Tools tools, Contender contender, List<String> options) {
    List<String> command = new ArrayList<>();
    switch (contender.kind()) {
      case FLOOR ->
          command.addAll(
              List.of(
                  tools.floor().toString(),
                  tools.object(contender.arguments().getFirst()).toString()));
      case NETSPAN -> {
        command.addAll(List.of(tools.launcher().toString(), "run"));
        command.addAll(contender.arguments());
        command.addAll(options);
      }
      case TCPLIFE ->
          // It reads tracefs, which is not mounted everywhere; the mount ends with it.
          command.addAll(
              List.of(
                  "unshare",
                  "-m",
                  "sh",
                  "-c",
                  "mount -t tracefs nodev /sys/kernel/tracing 2>/dev/null; exec \"$0\"",
                  Contenders.tcplife().orElseThrow().toString()));
      case UNTRACED -> throw new IllegalArgumentException(contender.name());
    }
    return command;
  }

  private static void setEnvironment(
      Map<String, String> environment, Contender contender, @Nullable Sink sink) {
    environment.keySet().removeIf(name -> name.startsWith("OTEL_"));
    environment.putAll(contender.environment());
    if (sink != null) {
      environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + sink.port());
      environment.put("OTEL_EXPORTER_OTLP_PROTOCOL", contender.protocol().orElseThrow());
    }
  }

  private void awaitStart(long began, int links) throws IOException, InterruptedException {
    Process started = Objects.requireNonNull(process);
    boolean ready = Waiting.until(START, () -> !started.isAlive() || isReady(links));
    if (!ready || !started.isAlive()) {
      throw new IOException(contender.name() + " did not start: " + said());
    }
    startMs = (System.nanoTime() - began) / 1e6;
    startCpuSeconds = cpuSeconds();
  }

  private boolean isReady(int links) throws IOException, InterruptedException {
    return switch (contender.kind()) {
      case NETSPAN ->
          said().contains("tracing TCP connections") && said().contains("open connection sides: ");
      case FLOOR -> said().contains("attached");
      case TCPLIFE -> BpfPrograms.links() > links; // it writes its first line with the others
      case UNTRACED -> true;
    };
  }

  Contender contender() {
    return contender;
  }

  /** The ids of its BPF programs. */
  Set<Integer> programs() {
    return programs;
  }

  /** From the start of the process until it said that it traces. */
  double startMs() {
    return startMs;
  }

  double startCpuSeconds() {
    return startCpuSeconds;
  }

  String said() throws IOException {
    return Files.exists(errors) ? Files.readString(errors) : "";
  }

  double cpuSeconds() throws IOException {
    return cgroup == null ? 0 : cgroup.cpuSeconds();
  }

  double sinkCpuSeconds() throws IOException {
    return sink == null ? 0 : sink.cpuSeconds();
  }

  Optional<Sink> sink() {
    return Optional.ofNullable(sink);
  }

  Optional<Double> peakMb() throws IOException {
    return cgroup == null ? Optional.empty() : cgroup.peakMb();
  }

  double residentMb() throws IOException {
    if (process == null) {
      return 0;
    }
    return Files.readAllLines(Path.of("/proc", "" + process.pid(), "status")).stream()
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
            .sum()
        * 1024
        / 1e6;
  }

  /** The CPU time of the JIT compilers' threads that are alive. */
  double jitSeconds() throws IOException {
    if (process == null) {
      return 0;
    }
    double ns = 0;
    Path tasks = Path.of("/proc", "" + process.pid(), "task");
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("comm")).matches("(?s)C[12] Compiler.*")) {
          ns += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ", -1)[0]);
        }
      }
    } catch (NoSuchFileException e) {
      return ns / 1e9; // a compiler's thread has ended meanwhile
    }
    return ns / 1e9;
  }

  /** Ends it as a service manager does, and returns what it wrote to standard error. */
  String stop() throws IOException, InterruptedException {
    if (process == null) {
      return "";
    }
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException(
          contender.name() + " did not stop within " + STOP_SECONDS + " s: " + said());
    }
    return said();
  }

  @Override
  public void close() throws IOException {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
    if (cgroup != null) {
      cgroup.close();
    }
    if (sink != null) {
      sink.close();
    }
  }
}
