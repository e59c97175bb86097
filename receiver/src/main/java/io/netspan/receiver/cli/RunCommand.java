package io.netspan.receiver.cli;

import io.netspan.config.AddressRange;
import io.netspan.config.AgentSettings;
import io.netspan.config.ByteSize;
import io.netspan.config.OutputFormat;
import io.netspan.config.TimeSpan;
import io.netspan.config.TracerChoice;
import io.netspan.config.UdpMode;
import io.netspan.config.UdpSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.agent.Agent;
import io.netspan.receiver.agent.Totals;
import io.netspan.receiver.output.LogLines;
import io.netspan.receiver.output.StandardOutput;
import java.io.Console;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "run",
    description = "Trace until told to stop (SIGTERM, SIGINT). This is the default command.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger("netspan");

  @Option(
      names = "--format",
      defaultValue = "text",
      description = "What to print per connection: text, json or none (default: ${DEFAULT-VALUE}).")
  private OutputFormat format = OutputFormat.TEXT;

  @Option(
      names = "--lines-per-second",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Print at most N connections a second; 0: all (default: ${DEFAULT-VALUE}).")
  private int linesPerSecond;

  @Option(
      names = "--ring-size",
      paramLabel = "SIZE",
      defaultValue = "8M",
      description =
          "The buffer between kernel and agent, a power of two (default: ${DEFAULT-VALUE}).")
  private String ringSize = "8M";

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "Track at most N open connections (default: 1000000, or as many as half the heap holds).")
  private @Nullable Integer mostConnections;

  @Option(
      names = "--tracer",
      defaultValue = "auto",
      description =
          "How to watch: bpf, poll (netlink and /proc, with less), or auto: bpf where it can run"
              + " (default: ${DEFAULT-VALUE}).")
  private TracerChoice tracer = TracerChoice.AUTO;

  @Option(
      names = "--snapshot-interval",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "Look at what is open so often; 0: only at the start (default: ${DEFAULT-VALUE}).")
  private String snapshotInterval = "10s";

  @Option(
      names = "--udp",
      paramLabel = "off|on|sampled",
      defaultValue = "off",
      description =
          "Count UDP flows, all or one of 16; a cost per datagram (default: ${DEFAULT-VALUE}).")
  private UdpMode udp = UdpMode.OFF;

  @Option(
      names = "--udp-idle-timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      description = "A UDP flow ends after so long without a datagram (default: ${DEFAULT-VALUE}).")
  private String udpIdleTimeout = "60s";

  @Option(
      names = "--poll-interval",
      paramLabel = "DURATION",
      defaultValue = "1s",
      description = "The same where connections are polled (default: ${DEFAULT-VALUE}).")
  private String pollInterval = "1s";

  @Option(
      names = "--host-root",
      paramLabel = "PATH",
      description = "In a container: where the machine's root is mounted, for its id and name.")
  private @Nullable Path hostRoot;

  @Option(names = "--include-self", description = "Report the agent's own connections too.")
  private boolean includeSelf;

  @Option(
      names = "--correlation-peers",
      paramLabel = "RANGES",
      split = ",",
      description =
          "Where the other end may be traced too, so that a server's span has the client's as its parent"
              + " (default: loopback, link-local and private ranges).")
  private List<String> correlationPeers = List.of();

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description = "error, warn, info or debug (default: ${DEFAULT-VALUE}).")
  private LogLevel logLevel = LogLevel.INFO;

  enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG;

    Level level() {
      return switch (this) {
        case ERROR -> Level.SEVERE;
        case WARN -> Level.WARNING;
        case INFO -> Level.INFO;
        case DEBUG -> Level.FINE;
      };
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    LogLines.install(logLevel.level());
    ExporterSelection exporters = ExporterSelection.ofThisProcess();
    Agent agent = Agent.start(settings(), exporters, new StandardOutput(), colours());
    Thread stopper = new Thread(() -> stop(agent), "netspan-stop");
    Runtime.getRuntime().addShutdownHook(stopper);
    LOG.log(
        System.Logger.Level.INFO,
        "tracing TCP connections{0}; {1}",
        ProcessAge.millis().stream()
            .mapToObj(age -> " (" + age + " ms after the start)")
            .findFirst()
            .orElse(""),
        agent.describeExport());
    LOG.log(System.Logger.Level.INFO, agent.describe());
    agent.await();
    // Ended by the hook, which ends the process itself; or for want of anything to do.
    stopper.join();
    return ExitCode.OK;
  }

  private AgentSettings settings() {
    return new AgentSettings(
        format,
        linesPerSecond,
        ByteSize.parse(ringSize),
        mostConnections == null ? OptionalInt.empty() : OptionalInt.of(mostConnections),
        includeSelf,
        tracer,
        TimeSpan.parse(snapshotInterval),
        TimeSpan.parse(pollInterval),
        new UdpSettings(udp, TimeSpan.parse(udpIdleTimeout)),
        correlationPeers.isEmpty()
            ? AddressRange.LOCAL_AND_PRIVATE
            : correlationPeers.stream().map(AddressRange::parse).toList(),
        Optional.ofNullable(hostRoot));
  }

  /**
   * Runs as a shutdown hook, on SIGTERM, SIGINT and SIGHUP, or when tracing has failed. A JVM that
   * a signal ends reports 128 + the signal's number; stopping as told is a success, so the hook
   * ends the process itself when it is done.
   */
  private static void stop(Agent agent) {
    Totals totals = agent.stop();
    System.err.println(totals.describe());
    System.err.flush();
    agent.close();
    Runtime.getRuntime().halt(agent.failed() ? ExitCode.FAILED : ExitCode.OK);
  }

  private static boolean colours() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
        && !System.getenv().containsKey("NO_COLOR")
        && !"dumb".equals(System.getenv("TERM"));
  }
}
