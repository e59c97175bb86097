package io.netspan.enrich;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about a process. Texts are harmless to print and limited in length.
 *
 * @param executablePath the path in the process's own mount namespace
 * @param commandArgs the command line with secrets cut, at most 4,096 characters; empty if not
 *     known
 * @param jvmMainClass the fully qualified main class, or the file name of the jar, of a JVM
 * @param systemdUnit the nearest {@code .service} above the process, also where it does not name
 *     the service
 * @param attributes further resource attributes by their OpenTelemetry names
 * @param lists those whose values are lists
 */
public record ProcessIdentity(
    ProcessFacts facts,
    @Nullable String executablePath,
    List<String> commandArgs,
    @Nullable String jvmMainClass,
    @Nullable Container container,
    @Nullable String systemdUnit,
    ServiceName service,
    Map<String, String> attributes,
    Map<String, List<String>> lists) {

  /** The {@link #weight} of an identity without texts. */
  public static final int LEAST_WEIGHT = 512;

  private static final int ENTRY_WEIGHT = 48;

  public ProcessIdentity {
    commandArgs = List.copyOf(commandArgs);
    attributes = Map.copyOf(attributes);
    lists = Map.copyOf(lists);
  }

  /** Without attributes that are lists. */
  public ProcessIdentity(
      ProcessFacts facts,
      @Nullable String executablePath,
      List<String> commandArgs,
      @Nullable String jvmMainClass,
      @Nullable Container container,
      @Nullable String systemdUnit,
      ServiceName service,
      Map<String, String> attributes) {
    this(
        facts,
        executablePath,
        commandArgs,
        jvmMainClass,
        container,
        systemdUnit,
        service,
        attributes,
        Map.of());
  }

  /** Knows the facts only, not even a name for the service. */
  public static ProcessIdentity of(ProcessFacts facts) {
    return new ProcessIdentity(
        facts, null, List.of(), null, null, null, ServiceName.NOT_KNOWN, Map.of());
  }

  /**
   * This identity with what another source knows. What is known already stays, so sources are
   * merged in the order of their precedence; the service's name goes by {@link ServiceName.Source}
   * first.
   */
  public ProcessIdentity completedBy(PartialIdentity other) {
    if (other.equals(PartialIdentity.NOTHING)) {
      return this;
    }
    return new ProcessIdentity(
        facts,
        firstKnown(executablePath, other.executablePath()),
        commandArgs.isEmpty() ? other.commandArgs() : commandArgs,
        firstKnown(jvmMainClass, other.jvmMainClass()),
        container == null ? other.container() : container.completedBy(other.container()),
        firstKnown(systemdUnit, other.systemdUnit()),
        other.service() == null ? service : service.completedBy(other.service()),
        completed(attributes, other.attributes()),
        completed(lists, other.lists()));
  }

  private static <V> Map<String, V> completed(Map<String, V> known, Map<String, V> others) {
    if (others.isEmpty()) {
      return known;
    }
    Map<String, V> all = new HashMap<>(others);
    all.putAll(known);
    return all;
  }

  static @Nullable String firstKnown(@Nullable String first, @Nullable String second) {
    return first == null ? second : first;
  }

  /**
   * Roughly the bytes that the identity takes, two for each character. A process chooses how long
   * its names are, so bounds on kept identities are bounds on the sum of these.
   */
  public int weight() {
    long characters = length(facts.comm()) + length(facts.executableName());
    characters += length(service.name()) + length(service.namespace());
    characters += length(service.instanceId()) + length(service.version());
    characters += length(executablePath) + length(jvmMainClass) + length(systemdUnit);
    characters += length(commandArgs) + length(facts.cgroup());
    for (Map.Entry<String, String> one : attributes.entrySet()) {
      characters += length(one.getKey()) + length(one.getValue());
    }
    for (Map.Entry<String, List<String>> one : lists.entrySet()) {
      characters += length(one.getValue());
    }
    return LEAST_WEIGHT
        + ENTRY_WEIGHT * (commandArgs.size() + attributes.size() + lists.size())
        + 2 * (int) characters;
  }

  private static long length(@Nullable String text) {
    return text == null ? 0 : text.length();
  }

  private static long length(List<String> texts) {
    long sum = 0;
    for (String text : texts) {
      sum += text.length();
    }
    return sum;
  }
}
