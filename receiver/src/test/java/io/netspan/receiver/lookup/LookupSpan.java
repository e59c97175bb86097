package io.netspan.receiver.lookup;

import io.netspan.receiver.telemetry.Ids;
import io.netspan.receiver.telemetry.LimitedAttributes;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.SpanAttribute;
import io.netspan.receiver.telemetry.SpanMaker;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;

/** A look-up as a span. */
final class LookupSpan extends NetworkSpan {
  static final SpanMaker<Lookup> MAKER = new Maker();

  private static final SpanAttribute<String> QUESTION_NAME =
      SpanAttribute.text("dns.question.name");

  private final String name;
  private final boolean found;

  private LookupSpan(Lookup of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
    super(
        Ids.client(of.id(), sampled),
        SpanContext.getInvalid(),
        of.beginNs() + epochOffsetNs,
        of.endNs() + epochOffsetNs,
        of.owner(),
        limits);
    name = of.name();
    found = of.found();
  }

  private record Maker() implements SpanMaker<Lookup> {
    @Override
    public long pair(Lookup of) {
      return of.id();
    }

    @Override
    public String transport() {
      return "dns";
    }

    @Override
    public int serverPort(Lookup of) {
      return 53;
    }

    @Override
    public SpanKind kind(Lookup of) {
      return SpanKind.CLIENT;
    }

    @Override
    public long endNs(Lookup of) {
      return of.endNs();
    }

    @Override
    public NetworkSpan make(Lookup of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
      return new LookupSpan(of, epochOffsetNs, sampled, limits);
    }
  }

  @Override
  public String getName() {
    return "dns 53";
  }

  @Override
  public SpanKind getKind() {
    return SpanKind.CLIENT;
  }

  @Override
  public String transport() {
    return "dns";
  }

  @Override
  public String ending() {
    return "answered";
  }

  @Override
  public String error() {
    return found ? "" : "not_found";
  }

  @Override
  protected void addAttributes(LimitedAttributes to) {
    to.put(QUESTION_NAME, name);
  }
}
