package io.netspan.enrich.name;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parses {@code OTEL_RESOURCE_ATTRIBUTES}: {@code key=value,key=value}, in which anything outside
 * W3C Baggage's octets is percent-encoded, comma and equals sign always. OpenTelemetry recommends
 * to discard all of it if an entry is bad, but its SDKs differ, so the bad entry alone is ignored.
 * If a key is given twice, the last value counts.
 */
final class ResourceAttributes {
  private ResourceAttributes() {}

  static Map<String, String> parse(String list) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String entry : list.split(",", -1)) {
      int equals = entry.indexOf('=');
      String key = equals < 0 ? null : decode(entry.substring(0, equals).strip());
      String value = equals < 0 ? null : decode(entry.substring(equals + 1).strip());
      if (key != null && value != null && !key.isEmpty()) {
        attributes.put(key, value);
      }
    }
    return attributes;
  }

  /**
   * Null if a percent sign is not followed by two hexadecimal digits. A plus sign stands for
   * itself.
   */
  private static @Nullable String decode(String encoded) {
    if (encoded.indexOf('%') < 0) {
      return encoded;
    }
    byte[] raw = encoded.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(raw.length);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] != '%') {
        decoded.write(raw[i]);
        continue;
      }
      int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
      int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        return null;
      }
      decoded.write(high << 4 | low);
      i += 2;
    }
    return decoded.toString(StandardCharsets.UTF_8);
  }
}
