package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;

/**
 * Builds attributes within the limits of the SDK: the first ones are kept, up to the limit, and
 * long texts are truncated. Each key may be put once.
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
   * The attributes that were built.
   *
   * @param total how many attributes were put, including those that were dropped
   */
  record Made(Attributes attributes, int total) {}
}
