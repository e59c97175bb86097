package io.netspan.receiver.agent;

import io.netspan.bpf.object.BpfException;
import io.netspan.config.AgentSettings;
import io.netspan.config.ConfigException;
import io.netspan.config.MetricAttribute;
import io.netspan.config.OutputSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.enrich.Contributors;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.proc.Processes;
import io.netspan.linux.fd.ConfinedFiles;
import io.netspan.receiver.conntrack.ConntrackTranslations;
import io.netspan.receiver.export.OpenTelemetryExport;
import io.netspan.receiver.kernel.FirstTracer;
import io.netspan.receiver.kernel.KernelLink;
import io.netspan.receiver.output.LineSink;
import io.netspan.receiver.output.SpanPrinter;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.pair.Translations;
import io.netspan.receiver.slice.FlowSlices;
import io.netspan.receiver.slice.Slices;
import io.netspan.receiver.source.Losses;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.ConnectionMetrics;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.ConnectionTelemetry;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.FlowMetrics;
import io.netspan.receiver.telemetry.FlowSpans;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.OptInAttributes;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SeriesExpiry;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.wire.DecodeCounters;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The running agent, with all its parts wired together. It is started once and stopped once. */
public final class Agent implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);
  private static final long IDENTITY_CHECK_NS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Closer closer = new Closer();
  private final FlowSpans flowSpans;
  private final RunningSources sources;
  private final ConnectionTracker tracker;
  private final OpenTelemetryExport export;
  private final WorkloadTable workloads;
  private final SpanPrinter printer;
  private final SpanSink spans;
  private final Losses losses = new Losses();
  private final Turn turn = new Turn();

  private Agent(
      AgentSettings settings,
      ExporterSelection exporters,
      LineSink out,
      boolean colours,
      Parts parts) {
    try {
      HeapShares shares = HeapShares.ofThisJvm();
      Enrichment enrichment = closer.register(new Enrichment());
      PeerNaming peers = closer.register(PeerNaming.start(settings));
      Contributors contributors =
          closer.register(
              Contributors.of(
                  Stream.concat(
                          parts.contributors(settings, shares).stream(),
                          Kubernetes.addresses(settings, shares, peers).stream())
                      .toList()));
      // What contributors hear of before anything is traced need not be asked for later, when it
      // may be gone.
      contributors.start(enrichment::changed);
      // Attached before there is an exporter, because the agent's own connections to a backend are
      // recognized when they begin.
      FirstTracer first = closer.register(FirstTracer.attach(settings));
      MetricResources metricResources = new MetricResources();
      shares.warnings(settings).forEach(Agent::warn);
      export = closer.register(export(settings, exporters, metricResources, shares));
      printer = closer.register(printer(settings.output(), shares, out, colours));
      ProcessEnricher enricher =
          Processes.create(Path.of("/proc"), new ConfinedFiles()::read, shares.processes());
      Resources resources =
          new Resources(
              export.resource(),
              metricResources,
              new SeriesExpiry(settings.export().seriesIdleTimeout(), System::nanoTime));
      EpochOffset epoch = new EpochOffset();
      spans = new SpanSink(export, printer, epoch);
      Keep keep = new Keep(settings.spans().keep());
      keep.withoutEffect(export.exportsSpans(), export.samplesAll()).ifPresent(Agent::warn);
      workloads = new WorkloadTable(enricher, contributors, resources, enrichment);
      enrichment.start(workloads, turn);
      List<MetricAttribute> optedIn =
          Stream.concat(settings.export().metricAttributes().stream(), export.optedIn().stream())
              .toList();
      ConnectionMetrics metrics =
          new ConnectionMetrics(export.meter(), resources.metrics(), new OptInAttributes(optedIn));
      Pairing pairing =
          new Pairing(
              new ConnectionTelemetry(metrics, spans(settings, keep, epoch)),
              peers.names(),
              translations(settings));
      tracker =
          new ConnectionTracker(
              workloads,
              pairing,
              new SplittableRandom(),
              shares.connections(settings.tracer().mostConnections()));
      pairing.releaseTo(tracker::release);
      pairing.listenersBy(tracker::awaited);
      metrics.releaseTo(tracker::release);
      EventDecoder decoder = new EventDecoder(tracker);
      FlowMetrics flowMetrics =
          new FlowMetrics(export.meter(), resources.metrics(), new OptInAttributes(optedIn));
      flowSpans = new FlowSpans(flowMetrics, spans, keep);
      Wiring wiring =
          new Wiring(
              settings,
              first,
              export.endpoints(),
              workloads,
              resources.metrics(),
              epoch,
              export.meter(),
              spans,
              tracker,
              decoder,
              flows(settings, epoch),
              new KernelLink(),
              losses,
              turn);
      sources = closer.register(new RunningSources(parts.sources(), wiring));
      register(decoder.counters(), enrichment);
      losses.register(
          "enrichment", "counted_early", () -> metrics.countedEarly() + flowMetrics.countedEarly());
      AgentMetrics.register(
          export.meter(),
          losses,
          decoder.counters(),
          tracker,
          spans,
          sources::bufferUsage,
          enricher,
          contributors,
          resources.services());
    } catch (RuntimeException e) {
      closer.close();
      throw e;
    }
  }

  private static void warn(String warning) {
    LOG.log(System.Logger.Level.WARNING, warning);
  }

  private static OpenTelemetryExport export(
      AgentSettings settings,
      ExporterSelection exporters,
      MetricResources metricResources,
      HeapShares shares) {
    OwnResource own = new OwnResource(settings.hostRoot(), System.getenv());
    return OpenTelemetryExport.start(
        exporters,
        own::of,
        metricResources,
        shares.exportBacklog(settings.export().backlogBytes()),
        settings.export().seriesIdleTimeout());
  }

  private SpanPrinter printer(
      OutputSettings output, HeapShares shares, LineSink out, boolean colours) {
    return SpanPrinter.create(
        output.format(),
        new SpanPrinter.Limits(output.linesPerSecond(), shares.waitingToBePrinted()),
        out,
        colours,
        this::readerGone);
  }

  private Translations translations(AgentSettings settings) {
    if (!settings.peers().conntrack()) {
      return Translations.NONE;
    }
    ConntrackTranslations asked = closer.register(ConntrackTranslations.start());
    losses.register(asked::losses);
    return asked;
  }

  /** Makes spans; nothing is cut where no span is exported. */
  private ConnectionListener spans(AgentSettings settings, Keep keep, EpochOffset epoch) {
    ConnectionSpans ofConnections =
        new ConnectionSpans(spans, new CorrelationPeers(settings.spans().correlationPeers()), keep);
    return cuts(settings)
        ? new Slices(
            ofConnections,
            settings.spans().activeTimeout().toNanos(),
            epoch::offsetNs,
            new SplittableRandom())
        : ofConnections;
  }

  /** As {@link #spans}, of UDP flows. */
  private FlowListener flows(AgentSettings settings, EpochOffset epoch) {
    return cuts(settings)
        ? new FlowSlices(flowSpans, settings.spans().activeTimeout().toNanos(), epoch::offsetNs)
        : flowSpans;
  }

  private boolean cuts(AgentSettings settings) {
    return !settings.spans().activeTimeout().isZero() && export.exportsSpans();
  }

  private void register(DecodeCounters decoded, Enrichment enrichment) {
    losses.register("decode", "unknown_type", decoded::unknownType);
    losses.register("decode", "too_short", decoded::tooShort);
    losses.register("tracker", "table_full", tracker::tableFull);
    losses.register("tracker", "step_unseen", tracker::stepsUnseen);
    losses.register("enrichment", "queue_full", enrichment::queueFull);
    losses.register("enrichment", "failed", enrichment::failed);
    losses.register("enrichment", "late", export::late);
    losses.register("output", "queue_full", printer::queueFull);
    losses.register("output", "write_failed", printer::writeFailed);
    losses.register("export", "queue_full", export::queueFull);
    losses.register("export", "backlog_full", export::backlogFull);
    losses.register("export", "failed", export::failed);
    losses.register("export", "rejected", export::rejected);
    losses.register("export", "unsent", export::unsent);
    losses.register("export", "points_failed", export::pointsFailed);
    losses.register("export", "points_rejected", export::pointsRejected);
    losses.register("export", "points_unsent", export::pointsUnsent);
  }

  /**
   * Sets everything up and starts watching.
   *
   * @param out where connections are printed
   * @throws BpfException if the kernel programs cannot run and the settings allow no other source;
   *     nothing is left behind
   * @throws ConfigException if OpenTelemetry's settings cannot be used
   */
  public static Agent start(
      AgentSettings settings, ExporterSelection exporters, LineSink out, boolean colours) {
    return start(settings, exporters, out, colours, Parts.ALL);
  }

  /**
   * As {@link #start(AgentSettings, ExporterSelection, LineSink, boolean)}, with recorded events in
   * addition, and ends when they have been played.
   *
   * @param times how often they are played
   */
  public static Agent startReplay(
      AgentSettings settings,
      ExporterSelection exporters,
      LineSink out,
      boolean colours,
      int times) {
    Parts parts = new Parts(Sources.withReplay(times), List.of());
    return start(settings, exporters, out, colours, parts);
  }

  /** As {@link #start(AgentSettings, ExporterSelection, LineSink, boolean)}, with other parts. */
  static Agent start(
      AgentSettings settings,
      ExporterSelection exporters,
      LineSink out,
      boolean colours,
      Parts parts) {
    Agent agent = new Agent(settings, exporters, out, colours, parts);
    agent.printer.start();
    agent.sources.start();
    return agent;
  }

  /** Ends the agent if it has nothing left to do. Called on the printer's thread. */
  private void readerGone() {
    if (!export.isAny()) {
      LOG.log(System.Logger.Level.INFO, "nothing is exported either, so the agent ends");
      sources.stop();
    }
  }

  /** How the agent watches, in one line. */
  public String describe() {
    return sources.describe();
  }

  /** What the agent exports, and where to, in one line. */
  public String describeExport() {
    return export.describe();
  }

  /**
   * Returns when tracing has ended, by {@link #stop} or because it failed.
   *
   * @throws IllegalStateException if it failed
   */
  public void await() throws InterruptedException {
    sources.await();
  }

  /** Whether tracing ended without {@link #stop}. */
  public boolean failed() {
    return sources.failed();
  }

  /**
   * Stops tracing, reads what is in the ring, prints and exports what is waiting, each within a
   * bound.
   */
  public Totals stop() {
    sources.stop();
    sources.finish(STOP_WITHIN);
    awaitIdentities();
    reportWaiting();
    printer.close();
    export.close();
    return new Totals(
        tracker.ended(),
        tracker.endUnseen(),
        tracker.beginningUnseen(),
        tracker.tracked(),
        flowSpans.ended(),
        printer.overLimit(),
        spans.leftOut(),
        export.offered(),
        export.exported(),
        losses.all());
  }

  /**
   * Waits until the processes of the last events are identified, so that metrics have no series
   * under their first names.
   */
  private void awaitIdentities() {
    long deadline = System.nanoTime() + Workload.IDENTIFIED_WITHIN_NS;
    while (System.nanoTime() < deadline && !isEachIdentified()) {
      LockSupport.parkNanos(this, IDENTITY_CHECK_NS);
    }
  }

  private boolean isEachIdentified() {
    if (!turn.take(STOP_WITHIN)) {
      return true;
    }
    try {
      return workloads.isEachIdentified();
    } finally {
      turn.giveBack();
    }
  }

  /**
   * Reports the ends that wait for the other side of their connection, since no more events come.
   */
  private void reportWaiting() {
    if (turn.take(STOP_WITHIN)) {
      try {
        tracker.reportEnds(Long.MAX_VALUE);
        flowSpans.finish();
      } finally {
        turn.giveBack();
      }
    }
  }

  @Override
  public void close() {
    closer.close();
  }
}
