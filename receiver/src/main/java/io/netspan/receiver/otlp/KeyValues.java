package io.netspan.receiver.otlp;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Encodes attributes that the SDK holds: those of a Resource, an event, a link or a scope. They are
 * few, so this is written to be short, while {@link OtlpAttributes} is written to be fast.
 */
final class KeyValues {
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int STRING_VALUE = 1;
  private static final int BOOL_VALUE = 2;
  private static final int INT_VALUE = 3;
  private static final int DOUBLE_VALUE = 4;
  private static final int ARRAY_VALUE = 5;
  private static final int MAP_VALUE = 6;
  private static final int BYTES_VALUE = 7;

  /** The number of the only field of ArrayValue and KeyValueList. */
  private static final int VALUES = 1;

  private KeyValues() {}

  /** Appends a {@code KeyValue} for each attribute, as repeated fields of this number. */
  static void append(Attributes attributes, int field, Buffer to) {
    attributes.forEach((key, value) -> message(field, keyValue(key, value), to));
  }

  private static byte[] keyValue(AttributeKey<?> key, Object value) {
    return keyValue(key.getKey(), any(value));
  }

  private static byte[] keyValue(String key, byte[] value) {
    Buffer to = new Buffer(64);
    text(KEY, key, to);
    message(VALUE, value, to);
    return to.toArray();
  }

  /** An {@code AnyValue}. Arrays of attributes are lists. */
  private static byte[] any(Object value) {
    Buffer to = new Buffer(32);
    switch (value) {
      case String text -> text(STRING_VALUE, text, to);
      case Boolean truth -> {
        to.small(Wire.varint(BOOL_VALUE));
        to.small(truth ? 1 : 0);
      }
      case Long number -> {
        to.small(Wire.varint(INT_VALUE));
        to.varint(number);
      }
      case Double number -> {
        to.small(Wire.fixed64(DOUBLE_VALUE));
        to.fixed64(Double.doubleToRawLongBits(number));
      }
      case List<?> list -> message(ARRAY_VALUE, array(list), to);
      case Value<?> structured -> structured(structured, to);
      default -> throw new IllegalArgumentException("no value of an attribute: " + value);
    }
    return to.toArray();
  }

  private static byte[] array(List<?> elements) {
    Buffer to = new Buffer(64);
    elements.forEach(element -> message(VALUES, any(element), to));
    return to.toArray();
  }

  private static void structured(Value<?> value, Buffer to) {
    switch (value.getType()) {
      case BYTES -> {
        ByteBuffer bytes = (ByteBuffer) value.getValue();
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        message(BYTES_VALUE, copy, to);
      }
      case ARRAY -> message(ARRAY_VALUE, array((List<?>) value.getValue()), to);
      case KEY_VALUE_LIST -> {
        Buffer list = new Buffer(64);
        for (Object each : (List<?>) value.getValue()) {
          KeyValue pair = (KeyValue) each;
          message(VALUES, keyValue(pair.getKey(), any(pair.getValue())), list);
        }
        message(MAP_VALUE, list.toArray(), to);
      }
      case EMPTY -> {} // An AnyValue without a field.
      case STRING, BOOLEAN, LONG, DOUBLE -> to.bytes(any(value.getValue()));
    }
  }

  static void text(int field, String text, Buffer to) {
    if (Wire.isAscii(text)) {
      to.small(Wire.length(field));
      to.varint(text.length());
      to.ascii(text);
    } else {
      message(field, text.getBytes(StandardCharsets.UTF_8), to);
    }
  }

  static void message(int field, byte[] content, Buffer to) {
    to.small(Wire.length(field));
    to.varint(content.length);
    to.bytes(content);
  }
}
