package io.netspan.receiver.agent;

import io.netspan.bpf.BpfException;
import io.netspan.config.AgentSettings;
import io.netspan.config.ConfigException;
import io.netspan.config.env.ExporterSelection;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.Processes;
import io.netspan.receiver.export.OpenTelemetryExport;
import io.netspan.receiver.output.LineSink;
import io.netspan.receiver.output.SpanPrinter;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.FlowMetrics;
import io.netspan.receiver.telemetry.FlowSpans;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.Resources;
import io.netspan.receiver.workload.WorkloadTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Everything wired: started once, stopped once. The only place where the parts meet. */
public final class Agent implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);

  private final Closer closer = new Closer();
  private final FlowSpans flowSpans;
  private final Supervisor supervisor;
  private final Thread thread;
  private final ConnectionTracker tracker;
  private final OpenTelemetryExport export;
  private final SpanPrinter printer;
  private final Health health;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Throwable failure;

  private Agent(
      AgentSettings settings, ExporterSelection exporters, LineSink out, boolean colours) {
    try {
      // First of all: the agent's own connections to a backend are left out by their beginning.
      FirstTracer first = closer.register(FirstTracer.attach(settings));
      OwnResource own = new OwnResource(settings.hostRoot(), System.getenv());
      export = closer.register(OpenTelemetryExport.start(exporters, own::of));
      HeapShares shares = HeapShares.ofThisJvm();
      printer =
          closer.register(
              SpanPrinter.create(
                  settings.output().format(),
                  new SpanPrinter.Limits(
                      settings.output().linesPerSecond(), shares.waitingToBePrinted()),
                  out,
                  colours,
                  this::readerGone));
      Enrichment enrichment = closer.register(Enrichment.start());
      ProcessEnricher enricher = Processes.create(Path.of("/proc"), shares.processes());
      Resources resources = new Resources(export.resource());
      EpochOffset epoch = new EpochOffset();
      WorkloadTable workloads = new WorkloadTable(enricher, resources, enrichment);
      tracker =
          new ConnectionTracker(
              workloads,
              new FanOut(
                  new ConnectionMetrics(export.meter(), resources.serviceNames()),
                  new ConnectionSpans(
                      export, printer, new CorrelationPeers(settings.correlationPeers()), epoch)),
              new SplittableRandom(),
              shares.connections(settings.tracer().mostConnections()));
      EventDecoder decoder = new EventDecoder(tracker);
      flowSpans =
          new FlowSpans(
              new FlowMetrics(export.meter(), resources.serviceNames()), export, printer, epoch);
      UdpTracer.Plan flows =
          new UdpTracer.Plan(settings.udp(), settings.tracer().includeSelf(), workloads, flowSpans);
      supervisor =
          closer.register(
              supervisor(
                  settings,
                  first,
                  OpenTelemetryExport.endpoints(exporters),
                  decoder,
                  epoch,
                  flows));
      health = new Health(supervisor, decoder.counters(), tracker, enrichment, printer, export);
      AgentMetrics.register(export.meter(), health, enricher);
      thread = new Thread(this::trace, "netspan-tracer");
    } catch (RuntimeException e) {
      closer.close();
      throw e;
    }
  }

  private Supervisor supervisor(
      AgentSettings settings,
      FirstTracer first,
      List<Endpoint> backends,
      EventDecoder decoder,
      EpochOffset epoch,
      UdpTracer.Plan flows) {
    return new Supervisor(
        settings.tracer().choice(),
        again ->
            KernelWatcher.start(
                again ? FirstTracer.attached(settings) : first.take(),
                settings.tracer().snapshotInterval(),
                again,
                tracker,
                decoder,
                epoch,
                flows),
        again ->
            PollWatcher.start(
                settings.tracer().pollInterval(),
                settings.tracer().includeSelf(),
                backends,
                again,
                tracker.reconciler(),
                epoch),
        System::nanoTime);
  }

  /**
   * Sets everything up and starts watching.
   *
   * @param out where connections are printed
   * @throws BpfException if the kernel programs cannot run and nothing else was wanted; nothing is
   *     left behind
   * @throws ConfigException if OpenTelemetry's settings cannot be used
   */
  public static Agent start(
      AgentSettings settings, ExporterSelection exporters, LineSink out, boolean colours) {
    Agent agent = new Agent(settings, exporters, out, colours);
    agent.printer.start();
    agent.thread.start();
    return agent;
  }

  /** From the printer's thread. */
  private void readerGone() {
    if (!export.isAny()) {
      LOG.log(System.Logger.Level.INFO, "nothing is exported either, so the agent ends");
      supervisor.stop();
    }
  }

  /** How it watches, in one line. */
  public String describe() {
    return supervisor.describe();
  }

  /** What it exports, and where to, in one line. */
  public String describeExport() {
    return export.describe();
  }

  private void trace() {
    try {
      supervisor.run();
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      ended.countDown();
    }
  }

  /**
   * Returns when the tracer has ended, by {@link #stop} or because it failed.
   *
   * @throws IllegalStateException if it failed
   */
  public void await() throws InterruptedException {
    ended.await();
    Throwable why = failure;
    if (why != null) {
      throw new IllegalStateException("the tracer ended: " + why, why);
    }
  }

  /** Whether tracing ended before it was told to. */
  public boolean failed() {
    return failure != null;
  }

  /**
   * Stops tracing, reads what is in the ring, prints and exports what is waiting, each within a
   * bound.
   */
  public Totals stop() {
    supervisor.stop();
    supervisor.finish(join());
    printer.close();
    export.close();
    return new Totals(
        tracker.ended(),
        tracker.endUnseen(),
        tracker.beginningUnseen(),
        tracker.tracked(),
        flowSpans.ended(),
        printer.overLimit(),
        export.offered(),
        export.exported(),
        health.losses());
  }

  private boolean join() {
    try {
      return thread.join(STOP_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    closer.close();
  }
}
