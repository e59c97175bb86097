package io.netspan.receiver.otlp;

import io.netspan.receiver.telemetry.Ids;
import io.netspan.receiver.telemetry.LimitedAttributes;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.SpanAttribute;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A span that uses all that a span can have, also what no source of spans uses yet. */
final class RandomSpan extends NetworkSpan {
  private static final List<String> TEXTS =
      List.of(
          "", "a", "tcp", "zürich", "東京", "\ud83d\ude00 face", "x".repeat(127), "y".repeat(300));

  private final long seed;
  private final SpanKind kind;
  private final String error;
  private final List<EventData> events = new ArrayList<>();
  private final List<LinkData> links = new ArrayList<>();

  private RandomSpan(SplittableRandom random, Workload owner, SpanLimits limits) {
    super(
        random.nextBoolean()
            ? Ids.client(random.nextLong(), random.nextBoolean())
            : Ids.server(random.nextLong(), random.nextBoolean()),
        switch (random.nextInt(3)) {
          case 0 -> SpanContext.getInvalid();
          case 1 -> Ids.client(random.nextLong(), random.nextBoolean());
          default -> Ids.remoteClient(random.nextLong(), random.nextBoolean());
        },
        random.nextLong(Long.MAX_VALUE),
        random.nextLong(Long.MAX_VALUE),
        owner,
        limits);
    kind = one(random, SpanKind.values());
    error = random.nextBoolean() ? "" : text(random);
    for (int i = random.nextInt(4); i > 0; i--) {
      Attributes attributes = attributes(random);
      events.add(
          EventData.create(
              random.nextLong(Long.MAX_VALUE),
              text(random),
              attributes,
              attributes.size() + random.nextInt(3)));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      Attributes attributes = attributes(random);
      links.add(
          LinkData.create(
              Ids.remoteClient(random.nextLong(), random.nextBoolean()),
              attributes,
              attributes.size() + random.nextInt(3)));
    }
    seed = random.nextLong();
  }

  static RandomSpan next(SplittableRandom random, Workload owner) {
    SpanLimits limits =
        SpanLimits.builder()
            .setMaxNumberOfAttributes(random.nextInt(1, 30))
            .setMaxAttributeValueLength(random.nextInt(1, 200))
            .setMaxNumberOfEvents(random.nextInt(1, 4))
            .setMaxNumberOfLinks(random.nextInt(1, 4))
            .build();
    return new RandomSpan(random, owner, random.nextBoolean() ? SpanLimits.getDefault() : limits);
  }

  private static <T> T one(SplittableRandom random, T[] of) {
    return of[random.nextInt(of.length)];
  }

  private static String text(SplittableRandom random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  private static long number(SplittableRandom random) {
    return random.nextLong() >> random.nextInt(Long.SIZE);
  }

  private static Attributes attributes(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> Attributes.empty();
      case 1 -> Attributes.of(AttributeKey.longKey("process.pid"), number(random));
      default -> everyType(random);
    };
  }

  static Attributes everyType(SplittableRandom random) {
    return Attributes.builder()
        .put("a.text", text(random))
        .put("a.number", number(random))
        .put("a.real", random.nextDouble())
        .put("a.truth", random.nextBoolean())
        .put("texts", text(random), text(random))
        .put("numbers", number(random), number(random))
        .put("reals", random.nextDouble(), 0.0)
        .put("truths", true, false)
        .put(AttributeKey.stringArrayKey("none"), List.of())
        .build();
  }

  @Override
  protected void addAttributes(LimitedAttributes to) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = random.nextInt(40); i > 0; i--) {
      String name = "key." + i + "x".repeat(random.nextInt(118));
      switch (random.nextInt(5)) {
        case 0 -> to.put(SpanAttribute.text(name), text(random));
        case 1 -> to.put(SpanAttribute.number(name), number(random));
        case 2 -> to.put(SpanAttribute.real(name), random.nextDouble());
        case 3 -> to.putHex(SpanAttribute.text(name), random.nextLong());
        default ->
            to.putAddress(
                SpanAttribute.text(name),
                random.nextBoolean(),
                number(random) << random.nextInt(Long.SIZE),
                number(random));
      }
    }
  }

  @Override
  protected List<EventData> makeEvents() {
    return events;
  }

  @Override
  protected List<LinkData> makeLinks() {
    return links;
  }

  @Override
  public String transport() {
    return "random";
  }

  @Override
  public String ending() {
    return "ended";
  }

  @Override
  public String error() {
    return error;
  }

  @Override
  public String getName() {
    return "zürich " + localPort();
  }

  @Override
  public SpanKind getKind() {
    return kind;
  }
}
