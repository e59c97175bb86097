package io.netspan.config.env;

import io.netspan.config.Setting;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * {@code OTEL_EXPORTER_OTLP_HEADERS}: {@code name=value,name=value}, the values percent-encoded as
 * W3C Baggage has them. The SDK decodes them as a form, in which a plus sign is a blank; so a plus
 * sign is encoded before. Values are secrets and never shown.
 */
public final class OtlpHeaders {
  private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern GRPC_NAME = Pattern.compile("[0-9A-Za-z_.-]+");
  private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e\\t]*");
  private static final Pattern NO_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  private OtlpHeaders() {}

  /** The same for a decoder of forms. A percent sign that begins no escape stands for itself. */
  static String forTheSdk(String value) {
    return NO_ESCAPE.matcher(value).replaceAll("%25").replace("+", "%2B");
  }

  /** Whether a header may have the name. */
  public static boolean isName(String name, boolean grpc) {
    // gRPC keeps names that end so for binary values.
    return (grpc ? GRPC_NAME : NAME).matcher(name).matches() && !(grpc && name.endsWith("-bin"));
  }

  /** Whether a header may have the value. */
  public static boolean isValue(String value) {
    return VALUE.matcher(value).matches();
  }

  static List<String> problems(Setting setting, boolean grpc) {
    List<String> problems = new ArrayList<>();
    String[] entries = setting.value().split(",", -1);
    for (int i = 0; i < entries.length; i++) {
      if (!entries[i].isBlank()) {
        int number = i + 1;
        problem(entries[i].strip(), grpc)
            .ifPresent(
                why ->
                    problems.add(
                        setting.name()
                            + ": the header at place "
                            + number
                            + " (not shown, since headers carry secrets) "
                            + why));
      }
    }
    return problems;
  }

  private static Optional<String> problem(String entry, boolean grpc) {
    int equals = entry.indexOf('=');
    if (equals < 1) {
      return Optional.of("is not name=value: write key1=value1,key2=value2");
    }
    String name = entry.substring(0, equals).strip();
    if (grpc && name.endsWith("-bin")) {
      return Optional.of("ends with -bin, which gRPC keeps for binary values");
    }
    if (!isName(name, grpc)) {
      return Optional.of("has a name with a character that no header may have");
    }
    String value =
        URLDecoder.decode(forTheSdk(entry.substring(equals + 1).strip()), StandardCharsets.UTF_8);
    return isValue(value)
        ? Optional.empty()
        : Optional.of("has a value with a character that is not printable ASCII: encode the value");
  }
}
