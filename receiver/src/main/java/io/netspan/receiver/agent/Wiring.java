package io.netspan.receiver.agent;

import io.netspan.config.AgentSettings;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.receiver.kernel.FirstTracer;
import io.netspan.receiver.kernel.KernelLink;
import io.netspan.receiver.source.Losses;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.ServiceResources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.metrics.Meter;
import java.util.List;

/**
 * The parts of the agent that a source uses.
 *
 * @param first the kernel programs of connections, attached before everything else
 * @param backends the addresses that the agent itself connects to
 * @param spans takes the spans of connections and flows that have ended
 * @param losses where a source registers losses other than those that its sessions report
 * @param turn held while the source uses any of the others
 */
record Wiring(
    AgentSettings settings,
    FirstTracer first,
    List<Endpoint> backends,
    WorkloadTable workloads,
    ServiceResources services,
    EpochOffset epoch,
    Meter meter,
    SpanSink spans,
    ConnectionTracker tracker,
    EventDecoder decoder,
    FlowListener flows,
    KernelLink link,
    Losses losses,
    Turn turn) {}
