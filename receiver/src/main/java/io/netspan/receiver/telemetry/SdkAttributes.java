package io.netspan.receiver.telemetry;

import io.netspan.receiver.net.Address;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import java.util.HexFormat;

/** Builds attributes as the SDK has them. */
final class SdkAttributes extends LimitedAttributes {
  private final AttributesBuilder to = Attributes.builder();

  SdkAttributes(int most, int longest) {
    start(most, longest);
  }

  @Override
  protected void text(SpanAttribute<String> key, String value) {
    to.put(key.key(), value);
  }

  @Override
  protected void number(SpanAttribute<Long> key, long value) {
    to.put(key.key(), value);
  }

  @Override
  protected void real(SpanAttribute<Double> key, double value) {
    to.put(key.key(), value);
  }

  @Override
  protected void address(SpanAttribute<String> key, boolean ipv6, long high, long low) {
    to.put(key.key(), Address.text(ipv6, high, low));
  }

  @Override
  protected void hex(SpanAttribute<String> key, long value) {
    to.put(key.key(), HexFormat.of().toHexDigits(value));
  }

  Made build() {
    return new Made(to.build(), total());
  }

  /**
   * The attributes that were built.
   *
   * @param total how many attributes were put, including those that were dropped
   */
  record Made(Attributes attributes, int total) {}
}
