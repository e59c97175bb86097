package io.netspan.receiver.agent;

import io.netspan.config.AgentSettings;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.receiver.kernel.FirstTracer;
import io.netspan.receiver.kernel.KernelLink;
import io.netspan.receiver.source.Losses;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.FlowSpans;
import io.netspan.receiver.telemetry.ServiceResources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.metrics.Meter;
import java.util.List;

/**
 * What a source can build on.
 *
 * @param first the kernel programs of connections, attached before everything else
 * @param backends where the agent itself connects to
 * @param spans where spans of what has ended go
 * @param losses to register what it can lose besides what its sessions report
 * @param turn to be held while it touches any of the others
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
    FlowSpans flows,
    KernelLink link,
    Losses losses,
    Turn turn) {}
