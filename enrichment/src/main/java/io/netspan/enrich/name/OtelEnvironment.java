package io.netspan.enrich.name;

import io.netspan.enrich.secret.Untrusted;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
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

  private static final List<byte[]> NAMES =
      Stream.of(
              "OTEL_SERVICE_NAME",
              "OTEL_RESOURCE_ATTRIBUTES",
              "JAVA_TOOL_OPTIONS",
              "JDK_JAVA_OPTIONS",
              "_JAVA_OPTIONS")
          .map(name -> (name + "=").getBytes(StandardCharsets.US_ASCII))
          .toList();

  /**
   * From NUL-terminated {@code NAME=value} strings; of several of one name the first counts, which
   * getenv(3) returns.
   *
   * @param cut whether the block was longer than was read, so that what comes last is not whole
   */
  public static OtelEnvironment parse(byte[] block, boolean cut) {
    @Nullable String[] values = new String[NAMES.size()];
    int start = 0;
    while (start < block.length) {
      int end = start;
      while (end < block.length && block[end] != 0) {
        end++;
      }
      int name = end < block.length || !cut ? name(block, start, end) : -1;
      if (name >= 0 && values[name] == null) {
        int valueStart = start + NAMES.get(name).length;
        values[name] = Untrusted.decode(block, valueStart, Math.min(end, valueStart + VALUE_LIMIT));
      }
      start = end + 1;
    }
    return new OtelEnvironment(values[0], values[1], values[2], values[3], values[4]);
  }

  /** Which of the variables this string sets; -1: none of them. */
  private static int name(byte[] block, int start, int end) {
    for (int i = 0; i < NAMES.size(); i++) {
      byte[] prefix = NAMES.get(i);
      if (end - start >= prefix.length
          && block[start] == prefix[0]
          && Arrays.equals(block, start, start + prefix.length, prefix, 0, prefix.length)) {
        return i;
      }
    }
    return -1;
  }
}
