package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AddressRange;
import io.netspan.config.KeepRule;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is exported although the sampler leaves out everything. */
final class KeepTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<NetworkSpan> exported = new ArrayList<>();
  private final List<WorkloadTable.Completion> late = new ArrayList<>();
  private boolean identifies = true;
  private SpanSink sink = sink();

  private void identify(WorkloadTable.Completion completion) {
    if (identifies) {
      completion.run();
    } else {
      late.add(completion);
    }
  }

  private SpanSink sink() {
    return new SpanSink(
        new CollectedExport(exported, /* sampled= */ false),
        new CollectedSpans(new ArrayList<>()),
        new EpochOffset());
  }

  /** A host with these rules, and one connection whose sides are both here. */
  private final class Host {
    final Pairing pairing;
    final ConnectionTracker tracker;
    final FakeKernel kernel;
    final FakeSocket client;
    final FakeSocket server;

    Host(String rules) {
      List<KeepRule> read =
          Stream.of(rules.split(",", -1))
              .filter(rule -> !rule.isEmpty())
              .map(KeepRule::parse)
              .toList();
      pairing =
          new Pairing(
              new ConnectionSpans(
                  sink, new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE), new Keep(read)));
      tracker =
          new ConnectionTracker(
              new WorkloadTable(
                  new FakeEnricher()
                      .knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "orders"),
                  Contributors.NONE,
                  new Resources(Attributes.empty()),
                  KeepTest.this::identify),
              pairing,
              new SplittableRandom(1),
              1_000);
      pairing.releaseTo(tracker::release);
      kernel = new FakeKernel(new EventDecoder(tracker));
      kernel.announce(FakeProcess.CURL);
      kernel.announce(FakeProcess.NGINX_WORKER);
      client = kernel.client(0xc);
      server = kernel.server(0x5);
      client.open(FakeProcess.CURL);
      client.established();
      server.established();
    }

    void clientCloses() {
      client.closesFirst(FakeProcess.CURL);
      client.close(5);
    }

    void serverCloses() {
      server.closesLast(FakeProcess.NGINX_WORKER);
      server.close(9);
    }

    void serverIsReset() {
      server.close(1, 104);
    }

    /** Time passes in which events are read. */
    void passes(double seconds) {
      for (double left = seconds; left > 0; left -= 0.1) {
        kernel.passes((long) (Math.min(left, 0.1) * SECOND));
        tracker.reportEnds(kernel.nowNs());
      }
    }

    /** Time passes while the machine is suspended. */
    void isSuspended(double seconds) {
      kernel.passes((long) (seconds * SECOND));
      tracker.reportEnds(kernel.nowNs());
    }
  }

  private List<String> kept() {
    return exported.stream()
        .map(span -> span.getKind() + " " + span.getAttributes().get(stringKey("netspan.keep")))
        .toList();
  }

  @Test
  void withoutARuleNothingIsExportedAndAllIsCounted() {
    Host host = new Host("");
    host.clientCloses();
    host.serverCloses();

    assertThat(exported).isEmpty();
    assertThat(sink.leftOut()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "failed, ''",
    "slower=1s, ''",
    "longer=3s, ''",
    "service=curl, ''",
    "longer=1s, longer",
    "longer=5s|longer=1s, longer",
    "service=nginx, service",
    "service=orders, service",
    "slower=1ms, ''",
  })
  void bothSidesAreKeptOrNone(String rules, String kept) {
    Host host = new Host(rules.replace('|', ','));
    host.passes(2);
    host.clientCloses();
    host.serverCloses();

    assertThat(kept())
        .isEqualTo(kept.isEmpty() ? List.of() : List.of("CLIENT " + kept, "SERVER " + kept));
    assertThat(sink.leftOut()).isEqualTo(kept.isEmpty() ? 2 : 0);
    assertThat(exported).allMatch(span -> span.getSpanContext().isSampled());
  }

  @Test
  void aFailedConnectIsKept() {
    Host host = new Host("failed");
    FakeSocket refused = host.kernel.client(0xd);
    refused.open(FakeProcess.CURL);
    refused.close(2, 111);

    assertThat(kept()).containsExactly("CLIENT failed");
  }

  @ParameterizedTest
  @CsvSource({"0.5", "3", "9.9"})
  void theSideThatEndedFirstWaitsForTheOther(double seconds) {
    Host host = new Host("failed");
    host.clientCloses();
    host.passes(seconds);
    assertThat(exported).isEmpty();
    host.serverIsReset();

    assertThat(kept()).containsExactly("CLIENT failed", "SERVER failed");
    assertThat(exported.getFirst().getTraceId()).isEqualTo(exported.getLast().getTraceId());
    assertThat(sink.leftOut()).isZero();
  }

  @Test
  void itWaitsTenSecondsAtMost() {
    Host host = new Host("failed");
    host.clientCloses();
    host.passes(1.1);
    host.passes(11);
    assertThat(sink.leftOut()).isEqualTo(1);
    host.serverIsReset();

    assertThat(kept()).containsExactly("SERVER failed");
  }

  @Test
  void theTimeOfASuspendDoesNotCount() {
    Host host = new Host("failed");
    host.clientCloses();
    host.passes(2);
    host.isSuspended(3_600);
    host.passes(2);
    host.serverIsReset();

    assertThat(kept()).containsExactly("CLIENT failed", "SERVER failed");
  }

  @Test
  void theSideThatEndedFirstGoesOnWaitingWhenTheTracerIsRestarted() {
    Host host = new Host("failed");
    host.clientCloses();
    host.passes(2);
    host.tracker.endOfEvents(host.kernel.nowNs());
    host.serverIsReset();

    assertThat(kept()).containsExactly("CLIENT failed", "SERVER failed");
  }

  @Test
  void aSideWhoseServiceIsNotKnownYetAlsoWaitsForTheFailureOfTheOther() {
    identifies = false;
    Host host = new Host("failed,service=nobody");
    host.clientCloses();
    host.passes(3);
    assertThat(sink.leftOut()).isZero();
    host.serverIsReset();

    assertThat(kept()).containsExactly("CLIENT failed", "SERVER failed");
    assertThat(sink.leftOut()).isZero();
  }

  @Test
  void aServiceKeepsASideAlthoughTheEndOfTheOtherDoesNot() {
    identifies = false;
    Host host = new Host("failed,service=orders");
    host.clientCloses();
    host.passes(1.1);
    host.serverCloses();
    assertThat(exported).isEmpty();
    late.forEach(WorkloadTable.Completion::run);
    host.passes(1.1);

    assertThat(kept()).contains("SERVER service");
    assertThat(exported.size() + sink.leftOut()).isEqualTo(2);
  }

  @Test
  void theSideThatEndsLaterIsKeptBecauseOfTheFirst() {
    Host host = new Host("failed");
    host.serverIsReset();
    host.passes(20);
    host.clientCloses();

    assertThat(kept()).containsExactly("SERVER failed", "CLIENT failed");
  }

  @Test
  void aRuleAboutServicesWaitsUntilTheyAreKnown() {
    identifies = false;
    Host host = new Host("service=orders");
    host.clientCloses();
    host.serverCloses();
    host.passes(0.5);
    assertThat(exported).isEmpty();
    late.forEach(WorkloadTable.Completion::run);
    host.passes(0.1);

    assertThat(kept()).containsExactly("CLIENT service", "SERVER service");
  }

  @Test
  void aServiceThatIsNotKnownAfterASecondIsLeftOut() {
    identifies = false;
    Host host = new Host("service=orders");
    host.clientCloses();
    host.serverCloses();
    host.passes(1.1);

    assertThat(exported).isEmpty();
    assertThat(sink.leftOut()).isEqualTo(2);
  }

  @Test
  void noMoreThanTheLimitWaits() {
    AwaitedSpans awaited = new AwaitedSpans();
    Host host = new Host("service=nginx");
    host.clientCloses();
    host.serverCloses();
    NetworkSpan any = exported.getFirst();
    for (int i = 0; i < AwaitedSpans.MOST + 7; i++) {
      awaited.add(i, new UndecidedSpan(any, sink));
    }

    assertThat(sink.leftOut()).isEqualTo(7);
    assertThat(awaited.take(6)).isNull();
    assertThat(awaited.take(7)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | true | true | --keep has no effect: the sampler drops no spans (OTEL_TRACES_SAMPLER, or sampler in a configuration file)",
        "true | false | false | --keep has no effect: no spans are exported",
        "true | false | true | --keep has no effect: no spans are exported",
        "true | true | false | ''",
        "false | false | true | ''",
      })
  void rulesWithNothingToKeepCauseAWarning(
      boolean rules, boolean exportsSpans, boolean samplesAll, String warning) {
    Keep keep = new Keep(rules ? List.of(new KeepRule.Failed()) : List.of());

    assertThat(keep.withoutEffect(exportsSpans, samplesAll).orElse("")).isEqualTo(warning);
  }
}
