package io.netspan.enrich.name;

import io.netspan.enrich.secret.Untrusted;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The variables of a process's initial environment that bear on its service's name. All others are
 * passed over as bytes and never become text.
 */
public record OtelEnvironment(
    @Nullable String serviceName,
    @Nullable String resourceAttributes,
    @Nullable String javaToolOptions,
    @Nullable String jdkJavaOptions,
    @Nullable String javaOptions) {

  private static final int VALUE_LIMIT = 32 * 1024;

  /**
   * From NUL-terminated {@code NAME=value} strings.
   *
   * @param cut whether the block was longer than was read, so that what comes last is not whole
   */
  public static OtelEnvironment parse(byte[] block, boolean cut) {
    return new OtelEnvironment(
        value(block, cut, "OTEL_SERVICE_NAME"),
        value(block, cut, "OTEL_RESOURCE_ATTRIBUTES"),
        value(block, cut, "JAVA_TOOL_OPTIONS"),
        value(block, cut, "JDK_JAVA_OPTIONS"),
        value(block, cut, "_JAVA_OPTIONS"));
  }

  /** The value of the first variable of this name, as getenv(3) returns it. */
  private static @Nullable String value(byte[] block, boolean cut, String name) {
    byte[] prefix = (name + "=").getBytes(StandardCharsets.US_ASCII);
    int start = 0;
    while (start < block.length) {
      int end = start;
      while (end < block.length && block[end] != 0) {
        end++;
      }
      boolean whole = end < block.length || !cut;
      int valueStart = start + prefix.length;
      if (whole
          && valueStart <= end
          && Arrays.equals(block, start, valueStart, prefix, 0, prefix.length)) {
        return Untrusted.decode(block, valueStart, Math.min(end, valueStart + VALUE_LIMIT));
      }
      start = end + 1;
    }
    return null;
  }
}
