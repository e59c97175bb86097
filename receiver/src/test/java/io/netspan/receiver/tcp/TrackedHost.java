package io.netspan.receiver.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A kernel, a decoder, a tracker, and what it reported. */
final class TrackedHost {
  final Recorder seen = new Recorder();
  final FakeEnricher enricher = new FakeEnricher();
  final List<WorkloadTable.Completion> completions = new ArrayList<>();
  final ConnectionTracker tracker;
  final EventDecoder decoder;
  final FakeKernel kernel;

  TrackedHost() {
    this(1_000_000);
  }

  TrackedHost(int mostConnections) {
    this(mostConnections, 4_711);
  }

  TrackedHost(int mostConnections, long seed) {
    tracker =
        new ConnectionTracker(
            new WorkloadTable(
                enricher, Contributors.NONE, new Resources(Attributes.empty()), completions::add),
            seen,
            new SplittableRandom(seed),
            mostConnections);
    decoder = new EventDecoder(tracker);
    kernel = new FakeKernel(decoder);
  }

  /** The one record that there must be. */
  Connection onlyClosed() {
    assertThat(seen.closed).as("records").hasSize(1);
    return seen.closed.getFirst();
  }

  /** A line for each record, in their order. */
  List<String> closed() {
    return seen.closed.stream().map(TrackedHost::describe).toList();
  }

  /** Role, provenance, how the owner is known and its pid, reason, error if there is one. */
  static String describe(Connection connection) {
    return connection.role().value()
        + " "
        + connection.provenance().value()
        + " "
        + connection.ownerProvenance().value()
        + ":"
        + connection.owner().key().pid()
        + " "
        + connection.reason().value()
        + (connection.error() == ConnectionError.NONE ? "" : " " + connection.error().value());
  }
}
