package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import java.nio.charset.StandardCharsets;

/**
 * The key of an attribute of spans. A span has about 25 attributes, so the key is encoded once and
 * not with each of them.
 *
 * @param <T> the type of the value
 */
public final class SpanAttribute<T> {
  private final AttributeKey<T> key;
  private final byte[] name;

  private SpanAttribute(AttributeKey<T> key) {
    this.key = key;
    this.name = key.getKey().getBytes(StandardCharsets.UTF_8);
  }

  public static SpanAttribute<String> text(String name) {
    return new SpanAttribute<>(AttributeKey.stringKey(name));
  }

  public static SpanAttribute<Long> number(String name) {
    return new SpanAttribute<>(AttributeKey.longKey(name));
  }

  public static SpanAttribute<Double> real(String name) {
    return new SpanAttribute<>(AttributeKey.doubleKey(name));
  }

  /** The key, as the API has it. */
  public AttributeKey<T> key() {
    return key;
  }

  /** The name in UTF-8, not to be changed. */
  public byte[] name() {
    return name;
  }

  @Override
  public String toString() {
    return key.getKey();
  }
}
