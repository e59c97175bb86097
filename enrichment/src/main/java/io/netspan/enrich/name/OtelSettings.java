package io.netspan.enrich.name;

import io.netspan.enrich.secret.SecretCutter;
import io.netspan.enrich.secret.Untrusted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a process's own OpenTelemetry settings say about its service; null where they say nothing.
 *
 * @param attributes its further resource attributes, with secrets cut; without those of the process
 *     and the machine
 */
public record OtelSettings(
    @Nullable String serviceName,
    @Nullable String namespace,
    @Nullable String instanceId,
    @Nullable String version,
    Map<String, String> attributes) {

  public static final OtelSettings NONE = new OtelSettings(null, null, null, null, Map.of());

  /** Attributes of these are read from the kernel, or are this agent's own. */
  private static final List<String> NOT_TAKEN =
      List.of("process.", "host.", "telemetry.", "netspan.", "os.");

  private static final Set<String> OF_SERVICE =
      Set.of("service.name", "service.namespace", "service.instance.id", "service.version");

  private static final String NAME_PROPERTY = "-Dotel.service.name=";
  private static final String ATTRIBUTES_PROPERTY = "-Dotel.resource.attributes=";

  /** The settings of a process that is not a JVM. */
  public static OtelSettings of(OtelEnvironment environment) {
    return of(environment.serviceName(), environment.resourceAttributes());
  }

  /**
   * The settings of a JVM: a system property replaces the variable of the same meaning, as in
   * OpenTelemetry's SDK for Java. The JVM takes {@code JAVA_TOOL_OPTIONS} before, and {@code
   * _JAVA_OPTIONS} after what its launcher gives it, which is {@code JDK_JAVA_OPTIONS} and the
   * command line; the last one counts.
   */
  public static OtelSettings ofJvm(OtelEnvironment environment, List<String> commandLineOptions) {
    List<String> options = new ArrayList<>(words(environment.javaToolOptions()));
    options.addAll(words(environment.jdkJavaOptions()));
    options.addAll(commandLineOptions);
    options.addAll(words(environment.javaOptions()));
    String name = last(options, NAME_PROPERTY);
    String attributes = last(options, ATTRIBUTES_PROPERTY);
    return of(
        name == null ? environment.serviceName() : name,
        attributes == null ? environment.resourceAttributes() : attributes);
  }

  private static OtelSettings of(@Nullable String name, @Nullable String attributes) {
    Map<String, String> given =
        attributes == null ? Map.of() : ResourceAttributes.parse(attributes);
    String own = harmless(name);
    return new OtelSettings(
        own == null ? harmless(given.get("service.name")) : own,
        harmless(given.get("service.namespace")),
        harmless(given.get("service.instance.id")),
        harmless(given.get("service.version")),
        further(given));
  }

  private static Map<String, String> further(Map<String, String> given) {
    SecretCutter cutter = new SecretCutter("");
    Map<String, String> further = new LinkedHashMap<>();
    given.forEach(
        (key, value) -> {
          if (!OF_SERVICE.contains(key) && NOT_TAKEN.stream().noneMatch(key::startsWith)) {
            String shown = cutter.cut(key + "=" + value);
            further.put(key, shown.startsWith(key + "=") ? shown.substring(key.length() + 1) : "");
          }
        });
    return further;
  }

  /** OpenTelemetry takes an empty variable for one that is not set. */
  private static @Nullable String harmless(@Nullable String value) {
    return value == null || value.isBlank()
        ? null
        : Untrusted.text(value.strip(), Untrusted.NAME_MAX);
  }

  private static @Nullable String last(List<String> options, String property) {
    String value = null;
    for (String option : options) {
      if (option.startsWith(property)) {
        value = option.substring(property.length());
      }
    }
    return value;
  }

  /**
   * Splits options as the JVM does for those in variables: at white space, except between quotes of
   * either kind.
   */
  private static List<String> words(@Nullable String options) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (char c : (options == null ? "" : options + " ").toCharArray()) {
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote != 0 && c == quote) {
        quote = 0;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (!word.isEmpty()) {
          words.add(word.toString());
        }
        word.setLength(0);
      } else {
        word.append(c);
      }
    }
    return words;
  }
}
