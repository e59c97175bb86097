package io.netspan.enrich;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who a process is, as far as it could be learnt. Texts are harmless to print and limited in
 * length.
 *
 * @param executablePath as the process sees it, in its own mount namespace
 * @param commandArgs the command line with secrets cut, at most 4,096 characters; empty if not
 *     known
 * @param jvmMainClass the fully qualified main class, or the file name of the jar, of a JVM
 * @param systemdUnit the nearest {@code .service} above the process, also where it does not name
 *     the service
 */
public record ProcessIdentity(
    ProcessFacts facts,
    @Nullable String executablePath,
    List<String> commandArgs,
    @Nullable String jvmMainClass,
    @Nullable Container container,
    @Nullable String systemdUnit,
    ServiceName service) {

  /** Of one without texts. */
  public static final int LEAST_WEIGHT = 512;

  public ProcessIdentity {
    commandArgs = List.copyOf(commandArgs);
  }

  /**
   * Roughly the bytes that it takes, two for each character. A process chooses how long its names
   * are, so who keeps many identities counts these.
   */
  public int weight() {
    long characters =
        Stream.of(
                commandArgs.stream(),
                facts.cgroup().stream(),
                Stream.of(facts.comm(), facts.executableName(), service.name()),
                Stream.of(service.namespace(), service.instanceId(), service.version()),
                Stream.of(executablePath, jvmMainClass, systemdUnit))
            .flatMap(texts -> texts)
            .mapToLong(text -> text == null ? 0 : text.length())
            .sum();
    return LEAST_WEIGHT + 48 * commandArgs.size() + 2 * (int) characters;
  }
}
