package io.netspan.receiver.otlp;

import io.netspan.receiver.net.Address;
import io.netspan.receiver.telemetry.LimitedAttributes;
import io.netspan.receiver.telemetry.SpanAttribute;
import java.nio.charset.StandardCharsets;

/** Encodes the attributes of spans as they are put, each as a {@code KeyValue}. */
final class OtlpAttributes extends LimitedAttributes {
  private static final int VALUE = Wire.length(2);
  private static final int STRING_VALUE = Wire.length(1);
  private static final int INT_VALUE = Wire.varint(3);
  private static final int DOUBLE_VALUE = Wire.fixed64(4);
  private static final int HEX_DIGITS = 16;

  private final Buffer to;
  private final int tag;

  /**
   * Creates an encoder.
   *
   * @param field the number of the field for attributes in the enclosing message
   */
  OtlpAttributes(Buffer to, int field) {
    this.to = to;
    this.tag = Wire.length(field);
  }

  /** Begins the attributes of another span. */
  void begin(int most, int longest) {
    start(most, longest);
  }

  /** How many attributes were dropped since {@link #begin}. */
  int countDropped() {
    return dropped();
  }

  /** Appends all that precedes the value itself. */
  private void key(SpanAttribute<?> key, int valueSize) {
    byte[] name = key.field();
    to.small(tag);
    to.varint(name.length + Wire.sizeOfField(valueSize));
    to.bytes(name);
    to.small(VALUE);
    to.varint(valueSize);
  }

  private void string(SpanAttribute<String> key, int length) {
    key(key, Wire.sizeOfField(length));
    to.small(STRING_VALUE);
    to.varint(length);
  }

  @Override
  protected void text(SpanAttribute<String> key, String value) {
    if (Wire.isAscii(value)) {
      string(key, value.length());
      to.ascii(value);
    } else {
      byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
      string(key, encoded.length);
      to.bytes(encoded);
    }
  }

  @Override
  protected void number(SpanAttribute<Long> key, long value) {
    key(key, 1 + Wire.size(value));
    to.small(INT_VALUE);
    to.varint(value);
  }

  @Override
  protected void real(SpanAttribute<Double> key, double value) {
    key(key, 1 + Double.BYTES);
    to.small(DOUBLE_VALUE);
    to.fixed64(Double.doubleToRawLongBits(value));
  }

  @Override
  protected void address(SpanAttribute<String> key, boolean ipv6, long high, long low) {
    if (ipv6) {
      text(key, Address.text(true, high, low));
    } else {
      int address = (int) (high >>> 32);
      string(key, Buffer.lengthOfIpv4(address));
      to.ipv4(address);
    }
  }

  @Override
  protected void hex(SpanAttribute<String> key, long value) {
    string(key, HEX_DIGITS);
    to.hex(value);
  }
}
