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

/** A fake kernel, a decoder, a tracker, and the connections that the tracker reported. */
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

  /** Returns the only closed connection, and fails unless there is exactly one. */
  Connection onlyClosed() {
    assertThat(seen.closed).as("closed connections").hasSize(1);
    return seen.closed.getFirst();
  }

  /** Describes each closed connection in a line, in the order of their ends. */
  List<String> closed() {
    return seen.closed.stream().map(TrackedHost::describe).toList();
  }

  /** Role, provenance, provenance of the owner and its pid, close reason, and error if any. */
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
