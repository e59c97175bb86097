package io.netspan.receiver.cli;

import io.netspan.config.AddressRange;
import io.netspan.config.AgentSettings;
import io.netspan.config.ExportSettings;
import io.netspan.config.Form;
import io.netspan.config.HostsFile;
import io.netspan.config.KeepRule;
import io.netspan.config.MetricAttribute;
import io.netspan.config.NamedRange;
import io.netspan.config.OutputSettings;
import io.netspan.config.PeerSettings;
import io.netspan.config.TracerSettings;
import io.netspan.config.UdpSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.agent.Agent;
import io.netspan.receiver.agent.Totals;
import io.netspan.receiver.output.LogLines;
import io.netspan.receiver.output.StandardOutput;
import java.io.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "run",
    description = "Trace until SIGTERM or SIGINT. This is the default command.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger("netspan");

  @Option(
      names = "--format",
      paramLabel = "text|json|none",
      description = "What to print per connection (default: ${bundle:default.format}).")
  private @Nullable String format;

  @Option(
      names = "--lines-per-second",
      paramLabel = "N",
      description =
          "Print at most N connections per second; 0 for no limit (default:"
              + " ${bundle:default.lines-per-second}).")
  private @Nullable String linesPerSecond;

  @Option(
      names = "--ring-size",
      paramLabel = "SIZE",
      description =
          "The buffer between kernel and agent, a power of two (default:"
              + " ${bundle:default.ring-size}).")
  private @Nullable String ringSize;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "Track at most N open connections (default: ${bundle:default.max-connections}).")
  private @Nullable String maxConnections;

  @Option(
      names = "--tracer",
      paramLabel = "auto|bpf|poll",
      description =
          "How to watch: bpf, poll (netlink and /proc, which see less), or auto: bpf where it can"
              + " run (default: ${bundle:default.tracer}).")
  private @Nullable String tracer;

  @Option(
      names = "--snapshot-interval",
      paramLabel = "DURATION",
      description =
          "How often to rescan open connections; 0 scans only at startup (default:"
              + " ${bundle:default.snapshot-interval}).")
  private @Nullable String snapshotInterval;

  @Option(
      names = "--poll-interval",
      paramLabel = "DURATION",
      description =
          "How often to scan open sockets when netspan polls instead of using BPF (default:"
              + " ${bundle:default.poll-interval}).")
  private @Nullable String pollInterval;

  @Option(
      names = "--udp",
      paramLabel = "off|on|sampled",
      description =
          "Count UDP flows, all or one in 16, at a cost per datagram (default:"
              + " ${bundle:default.udp}).")
  private @Nullable String udp;

  @Option(
      names = "--udp-idle-timeout",
      paramLabel = "DURATION",
      description =
          "A UDP flow ends after this long without a datagram (default:"
              + " ${bundle:default.udp-idle-timeout}).")
  private @Nullable String udpIdleTimeout;

  @Option(
      names = "--active-timeout",
      paramLabel = "DURATION",
      description =
          "Export a span this often for a connection that stays open and is used; 0 exports one at"
              + " its end only (default: ${bundle:default.active-timeout}).")
  private @Nullable String activeTimeout;

  @Option(
      names = "--keep",
      paramLabel = "RULES",
      split = ",",
      description =
          "Export the spans of both ends whatever the sampler says: failed, slower=200ms (the"
              + " handshake), longer=1h (the connection), service=NAME (default:"
              + " ${bundle:default.keep}).")
  private List<String> keep = List.of();

  @Option(
      names = "--export-backlog",
      paramLabel = "SIZE",
      description =
          "Keep up to SIZE bytes of compressed spans while a backend is not reachable (default:"
              + " ${bundle:default.export-backlog}).")
  private @Nullable String exportBacklog;

  @Option(
      names = "--series-idle-timeout",
      paramLabel = "DURATION",
      description =
          "A series of metrics is no longer exported after this long without anything to count; 0"
              + " for no timeout (default: ${bundle:default.series-idle-timeout}).")
  private @Nullable String seriesIdleTimeout;

  @Option(
      names = "--metric-attributes",
      paramLabel = "METRIC=ATTRIBUTE",
      split = ",",
      description =
          "Give metrics more attributes, such as netspan.connections=server.address or"
              + " netspan.connection.*=container.id (default:"
              + " ${bundle:default.metric-attributes}).")
  private List<String> metricAttributes = List.of();

  @Option(
      names = "--peer-names",
      paramLabel = "RANGE=NAME",
      split = ",",
      description =
          "Names for services at addresses where no process is known, such as"
              + " 10.0.0.0/8=corp,10.1.2.0/24=billing; the narrowest range counts (default:"
              + " ${bundle:default.peer-names}).")
  private List<String> peerNames = List.of();

  @Option(
      names = "--peer-names-file",
      paramLabel = "PATH",
      description =
          "A file with more of them, a line each: 10.1.2.0/24 billing (default:"
              + " ${bundle:default.peer-names-file}).")
  private @Nullable String peerNamesFile;

  @Option(
      names = "--hosts-file",
      paramLabel = "auto|off|PATH",
      description =
          "The hosts file that names addresses where no process is known; auto is the machine's"
              + " /etc/hosts (default: ${bundle:default.hosts-file}).")
  private @Nullable String hostsFile;

  @Option(
      names = "--conntrack",
      description =
          "Ask the kernel's connection tracking where translated connections to other machines go"
              + " (default: ${bundle:default.conntrack}).")
  private boolean conntrack;

  @Option(
      names = "--host-root",
      paramLabel = "PATH",
      description =
          "In a container: where the machine's root is mounted, for its id and name (default:"
              + " ${bundle:default.host-root}).")
  private @Nullable String hostRoot;

  @Option(
      names = "--include-self",
      description =
          "Report the agent's own connections too (default: ${bundle:default.include-self}).")
  private boolean includeSelf;

  @Option(
      names = "--correlation-peers",
      paramLabel = "RANGES",
      split = ",",
      description =
          "Addresses of peers that may run netspan, too: only for them a server's span has the client's"
              + " span as its parent (default: ${bundle:default.correlation-peers}).")
  private List<String> correlationPeers = List.of();

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info or debug (default: ${bundle:default.log-level}).")
  private @Nullable String logLevel;

  enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG;

    static final LogLevel DEFAULT = INFO;

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
    Overrides overrides = new Overrides();
    LogLevel level =
        overrides.of("--log-level", logLevel, Form.oneOf(LogLevel.class), LogLevel.DEFAULT);
    AgentSettings settings =
        overrides.together(
            () -> settings(AgentSettings.DEFAULTS, overrides), AgentSettings.DEFAULTS);
    ExporterSelection exporters = overrides.check(ExporterSelection::ofThisProcess);
    LogLines.install(level.level());
    settings.warnings().forEach(warning -> LOG.log(System.Logger.Level.WARNING, warning));
    Agent agent = Agent.start(settings, exporters, new StandardOutput(), colours());
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
    // The shutdown hook ends the process itself; otherwise the agent had nothing left to do.
    stopper.join();
    return ExitCode.OK;
  }

  /** The settings with the options applied. */
  private AgentSettings settings(AgentSettings below, Overrides given) {
    return new AgentSettings(
        output(below.output(), given),
        tracer(below.tracer(), given),
        new UdpSettings(
            given.of("--udp", udp, UdpSettings.MODE, below.udp().mode()),
            given.of(
                "--udp-idle-timeout",
                udpIdleTimeout,
                UdpSettings.IDLE_TIMEOUT,
                below.udp().idleTimeout())),
        given.of(
            "--active-timeout", activeTimeout, AgentSettings.ACTIVE_TIMEOUT, below.activeTimeout()),
        given.all("--keep", keep, KeepRule.FORM, below.keep()),
        exportBacklog == null
            ? below.export()
            : given
                .optional("--export-backlog", exportBacklog, ExportSettings.BACKLOG)
                .map(bytes -> new ExportSettings(OptionalLong.of(bytes)))
                .orElse(below.export()),
        peers(below.peers(), given),
        given.all(
            "--correlation-peers", correlationPeers, AddressRange.FORM, below.correlationPeers()),
        hostRoot == null
            ? below.hostRoot()
            : given.optional("--host-root", hostRoot, AgentSettings.HOST_ROOT),
        given.of(
            "--series-idle-timeout",
            seriesIdleTimeout,
            AgentSettings.SERIES_IDLE_TIMEOUT,
            below.seriesIdleTimeout()),
        given
            .all(
                "--metric-attributes",
                metricAttributes,
                MetricAttribute.FORM,
                List.of(below.metricAttributes()))
            .stream()
            .flatMap(List::stream)
            .toList());
  }

  private PeerSettings peers(PeerSettings below, Overrides given) {
    List<NamedRange> names =
        new ArrayList<>(given.all("--peer-names", peerNames, NamedRange.FORM, below.names()));
    if (peerNamesFile != null) {
      names.addAll(
          given.of("--peer-names-file", peerNamesFile, PeerSettings.NAMES_FILE, List.of()));
    }
    return new PeerSettings(
        names,
        given.of("--hosts-file", hostsFile, HostsFile.FORM, below.hosts()),
        conntrack || below.conntrack());
  }

  private OutputSettings output(OutputSettings below, Overrides given) {
    return new OutputSettings(
        given.of("--format", format, OutputSettings.FORMAT, below.format()),
        given.of(
            "--lines-per-second",
            linesPerSecond,
            OutputSettings.LINES_PER_SECOND,
            below.linesPerSecond()));
  }

  private TracerSettings tracer(TracerSettings below, Overrides given) {
    return new TracerSettings(
        given.of("--tracer", tracer, TracerSettings.CHOICE, below.choice()),
        given.of("--ring-size", ringSize, TracerSettings.RING_SIZE, below.ringBytes()),
        maxConnections == null
            ? below.mostConnections()
            : given
                .optional("--max-connections", maxConnections, TracerSettings.MAX_CONNECTIONS)
                .map(OptionalInt::of)
                .orElseGet(OptionalInt::empty),
        includeSelf || below.includeSelf(),
        given.of(
            "--snapshot-interval",
            snapshotInterval,
            TracerSettings.SNAPSHOT_INTERVAL,
            below.snapshotInterval()),
        given.of(
            "--poll-interval", pollInterval, TracerSettings.POLL_INTERVAL, below.pollInterval()));
  }

  /**
   * Runs as a shutdown hook, on SIGTERM, SIGINT and SIGHUP, or when tracing has failed. A JVM that
   * is ended by a signal exits with 128 + the signal's number. An orderly stop is a success, so the
   * hook ends the process itself when it is done.
   */
  private static void stop(Agent agent) {
    Totals totals = agent.stop();
    LogLines.flush();
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
