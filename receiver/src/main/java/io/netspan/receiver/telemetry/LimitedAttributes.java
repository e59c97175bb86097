package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;

/**
 * Attributes within the limits of the SDK: the first ones, as many as may be, their texts cut. Each
 * key is put once.
 */
public final class LimitedAttributes {
  private final AttributesBuilder to = Attributes.builder();
  private final int most;
  private final int longest;
  private int total;

  LimitedAttributes(int most, int longest) {
    this.most = most;
    this.longest = longest;
  }

  public <T> void put(AttributeKey<T> key, T value) {
    if (total < most) {
      to.put(key, value);
    }
    total++;
  }

  public void put(AttributeKey<String> key, String value) {
    if (total < most) {
      to.put(key, value.length() <= longest ? value : value.substring(0, longest));
    }
    total++;
  }

  Made build() {
    return new Made(to.build(), total);
  }

  /**
   * What there is.
   *
   * @param total how many were put, those that were dropped included
   */
  record Made(Attributes attributes, int total) {}
}
