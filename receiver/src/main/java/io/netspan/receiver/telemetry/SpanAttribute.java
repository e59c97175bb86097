package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The key of an attribute of spans. A span has about 25 attributes, so the key is encoded once and
 * not with each of them.
 *
 * @param <T> the type of the value
 */
public final class SpanAttribute<T> {
  /** The tag of the first field, whose content has a length. */
  private static final byte KEY = 1 << 3 | 2;

  /** Its length takes one byte. */
  private static final int LONGEST_NAME = 127;

  private final AttributeKey<T> key;
  private final byte[] field;

  private SpanAttribute(AttributeKey<T> key) {
    this.key = key;
    this.field = field(key.getKey().getBytes(StandardCharsets.UTF_8));
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

  /** The field {@code key} of a {@code KeyValue}: tag, length and name. Not to be changed. */
  public byte[] field() {
    return field;
  }

  private static byte[] field(byte[] name) {
    if (name.length > LONGEST_NAME) {
      throw new IllegalArgumentException("a name of " + name.length + " bytes");
    }
    return ByteBuffer.allocate(2 + name.length).put(KEY).put((byte) name.length).put(name).array();
  }

  @Override
  public String toString() {
    return key.getKey();
  }
}
