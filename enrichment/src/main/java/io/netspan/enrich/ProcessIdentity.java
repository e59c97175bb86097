package io.netspan.enrich;

import java.util.List;
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

  public ProcessIdentity {
    commandArgs = List.copyOf(commandArgs);
  }
}
