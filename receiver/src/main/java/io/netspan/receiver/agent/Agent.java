package io.netspan.receiver.agent;

import io.netspan.bpf.BpfException;
import io.netspan.config.AgentSettings;
import io.netspan.config.ConfigException;
import io.netspan.config.ExporterSelection;
import io.netspan.config.ExporterSelection.Endpoint;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.Processes;
import io.netspan.receiver.output.SpanPrinter;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.FlowMetrics;
import io.netspan.receiver.telemetry.FlowSpans;
import io.netspan.receiver.telemetry.OpenTelemetryExport;
import io.netspan.receiver.track.ConnectionTracker;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.Resources;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Everything wired: started once, stopped once. The only place where the parts meet. */
public final class Agent implements AutoCloseable {
  private static final int MOST_PROCESSES = 131_072;
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
      AgentSettings settings, ExporterSelection exporters, OutputStream out, boolean colours) {
    try {
      // First of all: the agent's own connections to a backend are left out by their beginning.
      FirstTracer first = closer.register(FirstTracer.attach(settings));
      export = closer.register(OpenTelemetryExport.start(exporters));
      printer =
          closer.register(
              SpanPrinter.create(settings.format(), settings.linesPerSecond(), out, colours));
      Enrichment enrichment = closer.register(Enrichment.start());
      ProcessEnricher enricher = Processes.create(Path.of("/proc"), MOST_PROCESSES);
      Resources resources = new Resources(host(export.resource()));
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
              settings.mostConnections());
      EventDecoder decoder = new EventDecoder(tracker);
      flowSpans =
          new FlowSpans(
              new FlowMetrics(export.meter(), resources.serviceNames()), export, printer, epoch);
      UdpTracer.Plan flows =
          new UdpTracer.Plan(settings.udp(), settings.includeSelf(), workloads, flowSpans);
      supervisor =
          closer.register(
              supervisor(settings, first, exporters.endpoints(), decoder, epoch, flows));
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
        settings.tracer(),
        again ->
            KernelWatcher.start(
                again ? FirstTracer.attached(settings) : first.take(),
                settings.snapshotInterval(),
                again,
                tracker,
                decoder,
                epoch,
                flows),
        again ->
            PollWatcher.start(
                settings.pollInterval(),
                settings.includeSelf(),
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
      AgentSettings settings, ExporterSelection exporters, OutputStream out, boolean colours) {
    Agent agent = new Agent(settings, exporters, out, colours);
    agent.printer.start();
    agent.thread.start();
    return agent;
  }

  /** How it watches, in one line. */
  public String describe() {
    return supervisor.describe();
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
        export.notExported(),
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

  /** The attributes that every Resource of this machine gets. */
  private static Attributes host(Attributes configured) {
    AttributesBuilder host = Attributes.builder();
    try {
      host.put("host.name", Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    } catch (IOException e) {
      // Without a name; OTEL_RESOURCE_ATTRIBUTES may give one.
    }
    return host.put("os.type", "linux").putAll(configured).build();
  }

  @Override
  public void close() {
    closer.close();
  }
}
