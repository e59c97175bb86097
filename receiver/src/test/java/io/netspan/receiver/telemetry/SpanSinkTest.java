package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which consumers receive a span, and whether it is created at all, for every combination. */
final class SpanSinkTest {
  private static final long END_NS = 7_000_000_007L;

  private final Workload nobody =
      new WorkloadTable(
              new FakeEnricher(), Contributors.NONE, new Resources(Attributes.empty()), _ -> {})
          .nobody();
  private final List<NetworkSpan> offered = new ArrayList<>();
  private final List<NetworkSpan> printed = new ArrayList<>();
  private final List<Long> askedAt = new ArrayList<>();
  private int made;

  private record Export(boolean exportsSpans, boolean sampled, List<NetworkSpan> offered)
      implements SpanExport {
    @Override
    public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
      assertThat(exportsSpans).as("the sampler is asked only if spans are exported").isTrue();
      assertThat(List.of(pair, transport, serverPort, kind))
          .isEqualTo(List.of(42L, "test", 7, SpanKind.CLIENT));
      return sampled;
    }

    @Override
    public SpanLimits limits() {
      return SpanLimits.getDefault();
    }

    @Override
    public void offer(NetworkSpan span) {
      offered.add(span);
    }

    @Override
    public boolean hasRoom() {
      return true;
    }
  }

  private final class Maker implements SpanMaker<Long> {
    @Override
    public long pair(Long of) {
      return of;
    }

    @Override
    public String transport() {
      return "test";
    }

    @Override
    public int serverPort(Long of) {
      return 7;
    }

    @Override
    public SpanKind kind(Long of) {
      return SpanKind.CLIENT;
    }

    @Override
    public long endNs(Long of) {
      return END_NS;
    }

    @Override
    public NetworkSpan make(Long of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
      made++;
      return new Span(Ids.client(of, sampled), END_NS + epochOffsetNs, nobody, limits);
    }
  }

  private static final class Span extends NetworkSpan {
    Span(SpanContext context, long endEpochNanos, Workload owner, SpanLimits limits) {
      super(context, SpanContext.getInvalid(), endEpochNanos, endEpochNanos, owner, limits);
    }

    @Override
    public String getName() {
      return "test 7";
    }

    @Override
    public SpanKind getKind() {
      return SpanKind.CLIENT;
    }

    @Override
    public String transport() {
      return "test";
    }

    @Override
    public String ending() {
      return "done";
    }

    @Override
    protected void addAttributes(LimitedAttributes to) {}
  }

  @ParameterizedTest
  @CsvSource({
    // exporting, kept by the sampler, wanted by the output: offered, printed, flagged as sampled
    "true, true, true,      true, true, true",
    "true, true, false,     true, false, true",
    "true, false, true,     false, true, false",
    "true, false, false,    false, false, false",
    "false, false, true,    false, true, true",
    "false, false, false,   false, false, false",
  })
  void aSpanIsOfferedPrintedAndSampledAsInTheTable(
      boolean exporting,
      boolean kept,
      boolean wanted,
      boolean isOffered,
      boolean isPrinted,
      boolean isFlagged) {
    SpanOutput output =
        new SpanOutput() {
          @Override
          public boolean wants(long nowNs) {
            askedAt.add(nowNs);
            return wanted;
          }

          @Override
          public void accept(NetworkSpan span) {
            printed.add(span);
          }
        };
    SpanSink sink =
        new SpanSink(
            new Export(exporting, kept, offered), output, new EpochOffset(() -> END_NS, () -> 0));
    sink.ended(42L, new Maker());

    assertThat(askedAt).as("times at which the output was asked").containsExactly(END_NS);
    assertThat(offered).hasSize(isOffered ? 1 : 0);
    assertThat(printed).hasSize(isPrinted ? 1 : 0);
    assertThat(made)
        .as("spans created: one for both consumers, or none")
        .isEqualTo(isOffered || isPrinted ? 1 : 0);
    List<NetworkSpan> all = new ArrayList<>(offered);
    all.addAll(printed);
    assertThat(all).allMatch(span -> span.getSpanContext().isSampled() == isFlagged);
    assertThat(all).allMatch(span -> span.getEndEpochNanos() == 0);
    assertThat(all).allMatch(span -> span.getTraceId().equals(all.getFirst().getTraceId()));
  }
}
