package io.netspan.receiver.cli;

import io.netspan.config.AgentSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.agent.Agent;
import io.netspan.receiver.agent.Totals;
import io.netspan.receiver.output.LogLines;
import io.netspan.receiver.output.StandardOutput;
import java.io.Console;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "run",
    description = "Trace until SIGTERM or SIGINT. This is the default command.",
    sortOptions = false,
    abbreviateSynopsis = true,
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger("netspan");

  @Spec private @Nullable CommandSpec spec;

  // The name of a mixin is its heading in the help.

  @Mixin(name = "What is watched")
  private TracerOptions tracer = new TracerOptions();

  @Mixin(name = "Printed lines")
  private OutputOptions output = new OutputOptions();

  @Mixin(name = "Spans and metrics")
  private SpanOptions spans = new SpanOptions();

  @Mixin(name = "Names of peers")
  private PeerOptions peers = new PeerOptions();

  @Mixin(name = "Containers")
  private ContainerOptions containers = new ContainerOptions();

  @Mixin(name = "Kubernetes")
  private KubernetesOptions kubernetes = new KubernetesOptions();

  @Mixin(name = "Memory")
  private MemoryOptions memory = new MemoryOptions();

  @Mixin(name = "The agent itself")
  private AgentOptions agent = new AgentOptions();

  @Option(
      names = "--replay",
      hidden = true,
      description = "Plays recorded events so often, and ends: for the AOT cache.")
  private int replay;

  @Override
  public Integer call() throws InterruptedException {
    Overrides overrides = new Overrides(usageProblems());
    Level level = agent.level(overrides);
    AgentSettings settings =
        overrides.together(
            () -> settings(AgentSettings.DEFAULTS, overrides), AgentSettings.DEFAULTS);
    ExporterSelection exporters = overrides.check(ExporterSelection::ofThisProcess);
    LogLines.install(level);
    settings.warnings().forEach(warning -> LOG.log(System.Logger.Level.WARNING, warning));
    Agent started =
        replay == 0
            ? Agent.start(settings, exporters, new StandardOutput(), colours())
            : Agent.startReplay(settings, exporters, new StandardOutput(), colours(), replay);
    Thread stopper = new Thread(() -> stop(started), "netspan-stop");
    Runtime.getRuntime().addShutdownHook(stopper);
    LOG.log(
        System.Logger.Level.INFO,
        "tracing TCP connections{0}; {1}",
        ProcessAge.millis().stream()
            .mapToObj(age -> " (" + age + " ms after the start)")
            .findFirst()
            .orElse(""),
        started.describeExport());
    LOG.log(System.Logger.Level.INFO, started.describe());
    started.await();
    // The shutdown hook ends the process itself; otherwise the agent had nothing left to do.
    stopper.join();
    return ExitCode.OK;
  }

  private List<String> usageProblems() {
    return spec == null ? List.of() : UsageProblems.of(spec.commandLine().getParseResult());
  }

  /** The settings with the options applied. */
  private AgentSettings settings(AgentSettings below, Overrides given) {
    return new AgentSettings(
        output.settings(below.output(), given),
        tracer.settings(below.tracer(), memory, given),
        tracer.settings(below.udp(), given),
        spans.settings(below.spans(), given),
        spans.settings(below.export(), memory, given),
        peers.settings(below.peers(), given),
        containers.settings(below.containers(), given),
        kubernetes.settings(below.kubernetes(), given),
        agent.hostRoot(below, given));
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
