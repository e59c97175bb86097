package io.netspan.receiver.telemetry;

import io.netspan.receiver.net.Address;
import java.util.HexFormat;

/**
 * Takes attributes within the limits of the SDK: the first ones are kept, up to the limit, and long
 * texts are truncated. Each key may be put once. What becomes of the attributes is up to the
 * subclass: {@link SdkAttributes} for printing, the encoder of OTLP for export.
 */
public abstract class LimitedAttributes {
  /** The length of the longest address: that of IPv6 with eight groups of four digits. */
  private static final int LONGEST_ADDRESS = 39;

  private int most;
  private int longest;
  private int total;

  /** Creates a collection that takes nothing until it is {@linkplain #start started}. */
  protected LimitedAttributes() {}

  /**
   * Begins the attributes of another span or event.
   *
   * @param most how many attributes are kept
   * @param longest the length of a text in UTF-16 units that is not truncated
   */
  protected final void start(int most, int longest) {
    this.most = most;
    this.longest = longest;
    this.total = 0;
  }

  /** How many attributes were put, including those that were dropped. */
  protected final int total() {
    return total;
  }

  /** How many attributes were dropped. */
  protected final int dropped() {
    return Math.max(0, total - most);
  }

  public final void put(SpanAttribute<String> key, String value) {
    if (isKept()) {
      text(key, value.length() <= longest ? value : value.substring(0, longest));
    }
  }

  public final void put(SpanAttribute<Long> key, long value) {
    if (isKept()) {
      number(key, value);
    }
  }

  public final void put(SpanAttribute<Double> key, double value) {
    if (isKept()) {
      real(key, value);
    }
  }

  /** Puts the text of an address, see {@link Address}. */
  public final void putAddress(SpanAttribute<String> key, boolean ipv6, long high, long low) {
    if (longest < LONGEST_ADDRESS) {
      put(key, Address.text(ipv6, high, low));
    } else if (isKept()) {
      address(key, ipv6, high, low);
    }
  }

  /** Puts a number as 16 hexadecimal digits. */
  public final void putHex(SpanAttribute<String> key, long value) {
    if (longest < 2 * Long.BYTES) {
      put(key, HexFormat.of().toHexDigits(value));
    } else if (isKept()) {
      hex(key, value);
    }
  }

  private boolean isKept() {
    total++;
    return total <= most;
  }

  protected abstract void text(SpanAttribute<String> key, String value);

  protected abstract void number(SpanAttribute<Long> key, long value);

  protected abstract void real(SpanAttribute<Double> key, double value);

  protected abstract void address(SpanAttribute<String> key, boolean ipv6, long high, long low);

  protected abstract void hex(SpanAttribute<String> key, long value);
}
