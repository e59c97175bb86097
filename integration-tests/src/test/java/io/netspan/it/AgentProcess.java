package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The agent, started as a user starts it. Standard output and error go to files, so that the agent
 * never waits for the test. Lines about connections of other programs are skipped by their port.
 */
final class AgentProcess implements AutoCloseable {
  private static final Duration START_WITHIN = Duration.ofSeconds(90);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(60);
  private static final Pattern HEAP_USED = Pattern.compile(" total \\d+K, used (\\d+)K");

  private static final Pattern FIRST_SCAN =
      Pattern.compile("open connection sides: \\d+ \\(scanned in (\\d+) ms\\)");

  private final Process process;
  private final Path folder;
  private final Path out;
  private final Path err;
  private final LineFile lines;
  private final List<String> printed = new ArrayList<>();

  private AgentProcess(Process process, Path folder, Path out, Path err) throws IOException {
    this.process = process;
    this.folder = folder;
    this.out = out;
    this.err = err;
    this.lines = new LineFile(out);
  }

  /** Configures and starts an agent. */
  static final class Builder {
    private final List<String> command = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();

    /** Sets the command that runs the launcher, such as {@code setpriv} with its options. */
    Builder under(String... wrapper) {
      command.addAll(0, List.of(wrapper));
      return this;
    }

    Builder option(String... words) {
      command.addAll(List.of(words));
      return this;
    }

    Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Starts the agent, and returns when it traces. */
    AgentProcess start() throws IOException {
      AgentProcess agent = launch();
      try {
        await("the agent to trace")
            .atMost(START_WITHIN)
            .pollInterval(Duration.ofMillis(10))
            .until(() -> !agent.process.isAlive() || agent.traces());
        assertThat(agent.process.isAlive()).as("agent is alive: %s", agent.errors()).isTrue();
        return agent;
      } catch (RuntimeException | Error e) {
        agent.close();
        throw e;
      }
    }

    /** Starts the agent, and returns at once. */
    AgentProcess launch() throws IOException {
      Path folder = Files.createTempDirectory("netspan-it-agent");
      Path out = Files.createFile(folder.resolve("out"));
      Path err = Files.createFile(folder.resolve("err"));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
      builder.environment().putAll(environment);
      return new AgentProcess(builder.start(), folder, out, err);
    }
  }

  /** {@code netspan} without any arguments. */
  static Builder launcher() {
    return new Builder().option(Launcher.path().toString());
  }

  /**
   * {@code netspan run} that prints every connection as JSON, and exports a span for each, whether
   * or not it is open when the minute ends.
   */
  static Builder json() {
    return sliced().option("--active-timeout", "0");
  }

  /** As {@link #json()}, but a connection that stays open is exported in slices. */
  static Builder sliced() {
    return launcher().option("run", "--format", "json", "--lines-per-second", "0");
  }

  /** {@link #json()}, tracing. */
  static AgentProcess start() throws IOException {
    return json().start();
  }

  /** Returns whether the agent is attached or polls, and has finished its first pass. */
  private boolean traces() {
    String said = errors();
    return said.contains("tracing TCP connections") && said.contains("open connection sides: ");
  }

  /**
   * Returns the time of the message that the agent traces, in wall-clock ns. The kernel programs
   * were attached a moment before, and the pass over the open sockets began then.
   */
  long tracesSince() {
    String line =
        errors().lines().filter(one -> one.contains("tracing TCP")).findFirst().orElseThrow();
    LocalTime time = LocalTime.parse(line.substring(0, "00:00:00.000".length()));
    ZonedDateTime now = ZonedDateTime.now(ZoneId.systemDefault());
    ZonedDateTime said = now.with(time).plus(1, ChronoUnit.MILLIS); // the message has milliseconds
    return ChronoUnit.NANOS.between(
        Instant.EPOCH, said.isAfter(now) ? said.minusDays(1).toInstant() : said.toInstant());
  }

  /** Returns the duration of the first pass, as reported by the agent. */
  Duration firstScan() {
    Matcher said = FIRST_SCAN.matcher(errors());
    assertThat(said.find()).isTrue();
    return Duration.ofMillis(Long.parseLong(said.group(1)));
  }

  long pid() {
    return process.pid();
  }

  /** Returns the standard error so far. */
  String errors() {
    return read(err);
  }

  /** Returns the standard output so far. */
  String output() {
    return read(out);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Returns the lines of standard output so far. */
  List<String> lines() {
    lines.readTo(printed::add);
    return printed;
  }

  /** Parses the lines printed so far about connections to this port. */
  List<Side> sides(int serverPort) {
    String mark = "\"server.port\":" + serverPort + ",";
    return lines().stream()
        .filter(line -> line.contains(mark))
        .map(Side::parse)
        .filter(side -> side.number("server.port") == serverPort)
        .toList();
  }

  /** Waits until at least this many sides of connections to this port have been printed. */
  List<Side> awaitSides(int serverPort, int count) {
    return await(count + " sides of connections to port " + serverPort)
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> sides(serverPort), sides -> sides.size() >= count);
  }

  /** Waits until at least this many lines have been printed. */
  void awaitLines(int count) {
    await(count + " lines")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> lines().size() >= count);
  }

  /** Sends a signal, such as {@code STOP}. */
  void signal(String name) {
    Command.run("kill", "-" + name, Long.toString(pid()));
  }

  /** Sends SIGSTOP, and returns when the agent no longer runs. */
  void pause() {
    signal("STOP");
    Path stat = Path.of("/proc", Long.toString(pid()), "stat");
    await("the agent to stop").until(() -> Files.readString(stat).contains(") T "));
  }

  void resume() {
    signal("CONT");
  }

  /** Returns the resident memory, in kB. */
  long residentKb() {
    return read(Path.of("/proc", Long.toString(pid()), "status"))
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
        .findFirst()
        .orElse(0);
  }

  /** Returns the size of the live heap after a garbage collection, in KiB. */
  long liveHeapKb() {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Command.run(jcmd, Long.toString(pid()), "GC.run");
    String said = Command.run(jcmd, Long.toString(pid()), "GC.heap_info").output();
    long used =
        HEAP_USED.matcher(said).results().mapToLong(one -> Long.parseLong(one.group(1))).sum();
    assertThat(used).as(said).isPositive();
    return used;
  }

  /** Sends SIGTERM, and returns the totals. */
  Totals stop() throws InterruptedException {
    process.destroy();
    return ended();
  }

  /**
   * Returns the totals, the last line of an agent that was asked to end. The exit code must be 0.
   */
  Totals ended() throws InterruptedException {
    assertThat(exitCode()).as("exit code; %s", errors()).isZero();
    List<String> said = errors().lines().toList();
    return new Totals(said.getLast());
  }

  /** Waits until the agent has ended. */
  int exitCode() throws InterruptedException {
    assertThat(process.waitFor(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS))
        .as("ends within %s; %s", STOP_WITHIN, errors())
        .isTrue();
    return process.exitValue();
  }

  /** Sends SIGKILL if the agent is still alive. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    lines.close();
    Files.deleteIfExists(out);
    Files.deleteIfExists(err);
    Files.deleteIfExists(folder);
  }
}
