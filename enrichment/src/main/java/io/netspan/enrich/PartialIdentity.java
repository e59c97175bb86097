package io.netspan.enrich;

import io.netspan.enrich.secret.Untrusted;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one source knows about a process. Members that it does not know are null or empty. {@link
 * ProcessIdentity#completedBy} merges several of them.
 *
 * <p>The container, the service and the attributes may come from anywhere, a label for one: their
 * texts are made harmless and limited here, to {@value Untrusted#NAME_MAX} characters for names and
 * to {@value #LONGEST_VALUE} for the values of attributes.
 *
 * @param executablePath the path in the process's own mount namespace
 * @param commandArgs the command line, with secrets cut
 * @param jvmMainClass the main class, or the file name of the jar, of a JVM
 * @param service the strongest candidate for the service's name
 * @param attributes resource attributes by their OpenTelemetry names, at most {@value
 *     #MOST_ATTRIBUTES}; any beyond that are dropped
 * @param lists resource attributes whose values are lists, at most {@value #MOST_ATTRIBUTES} of at
 *     most {@value #LONGEST_LIST} values
 */
public record PartialIdentity(
    @Nullable String executablePath,
    List<String> commandArgs,
    @Nullable String jvmMainClass,
    @Nullable Container container,
    @Nullable String systemdUnit,
    @Nullable ServiceName service,
    Map<String, String> attributes,
    Map<String, List<String>> lists) {

  /** The most attributes of one source. */
  public static final int MOST_ATTRIBUTES = 64;

  /** The longest value of an attribute, in UTF-16 units. */
  public static final int LONGEST_VALUE = 1_024;

  /** The most values of an attribute that is a list. */
  public static final int LONGEST_LIST = 16;

  /** Nothing is known. */
  public static final PartialIdentity NOTHING =
      new PartialIdentity(null, List.of(), null, null, null, null, Map.of());

  public PartialIdentity {
    commandArgs = List.copyOf(commandArgs);
    container = container == null ? null : harmless(container);
    service = service == null ? null : harmless(service);
    attributes = harmless(attributes);
    lists = harmlessLists(lists);
  }

  /** Knows no attributes that are lists. */
  public PartialIdentity(
      @Nullable String executablePath,
      List<String> commandArgs,
      @Nullable String jvmMainClass,
      @Nullable Container container,
      @Nullable String systemdUnit,
      @Nullable ServiceName service,
      Map<String, String> attributes) {
    this(
        executablePath,
        commandArgs,
        jvmMainClass,
        container,
        systemdUnit,
        service,
        attributes,
        Map.of());
  }

  /** Knows the name of the service only. */
  public static PartialIdentity of(ServiceName service) {
    return new PartialIdentity(null, List.of(), null, null, null, service, Map.of());
  }

  /** Knows resource attributes only. */
  public static PartialIdentity of(Map<String, String> attributes) {
    return new PartialIdentity(null, List.of(), null, null, null, null, attributes);
  }

  private static Container harmless(Container container) {
    return new Container(
        name(container.id()),
        nameOrNull(container.name()),
        nameOrNull(container.runtime()),
        nameOrNull(container.outerId()));
  }

  private static ServiceName harmless(ServiceName service) {
    return new ServiceName(
        name(service.name()),
        service.source(),
        nameOrNull(service.namespace()),
        nameOrNull(service.instanceId()),
        nameOrNull(service.version()));
  }

  private static Map<String, String> harmless(Map<String, String> attributes) {
    if (attributes.isEmpty()) {
      return Map.of();
    }
    Map<String, String> harmless = new LinkedHashMap<>();
    attributes.entrySet().stream()
        .filter(one -> isName(one.getKey()) && !one.getValue().isEmpty())
        .limit(MOST_ATTRIBUTES)
        .forEach(
            one -> harmless.put(name(one.getKey()), Untrusted.text(one.getValue(), LONGEST_VALUE)));
    return Collections.unmodifiableMap(harmless);
  }

  private static Map<String, List<String>> harmlessLists(Map<String, List<String>> lists) {
    if (lists.isEmpty()) {
      return Map.of();
    }
    Map<String, List<String>> harmless = new LinkedHashMap<>();
    lists.entrySet().stream()
        .filter(one -> isName(one.getKey()) && !one.getValue().isEmpty())
        .limit(MOST_ATTRIBUTES)
        .forEach(one -> harmless.put(name(one.getKey()), harmless(one.getValue())));
    return Collections.unmodifiableMap(harmless);
  }

  private static List<String> harmless(List<String> values) {
    return values.stream()
        .limit(LONGEST_LIST)
        .map(value -> Untrusted.text(value, LONGEST_VALUE))
        .toList();
  }

  /** OpenTelemetry's SDK refuses a Resource with any other name of an attribute. */
  private static boolean isName(String key) {
    return !key.isBlank()
        && key.length() <= Untrusted.NAME_MAX
        && key.chars().allMatch(c -> c >= ' ' && c < 0x7F);
  }

  private static String name(String text) {
    return Untrusted.text(text, Untrusted.NAME_MAX);
  }

  private static @Nullable String nameOrNull(@Nullable String text) {
    return text == null ? null : name(text);
  }
}
