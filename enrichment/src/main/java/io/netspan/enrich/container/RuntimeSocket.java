package io.netspan.enrich.container;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Where a runtime may be.
 *
 * @param name a lower-case word for metrics and warnings, such as {@code docker}
 * @param runtimes whose containers are behind the socket, as {@link
 *     io.netspan.enrich.Container#runtime()} has them
 * @param expected whether its absence is a problem
 * @param api makes the client from the socket's path and the labels that are wanted; called when
 *     there is a socket
 */
public record RuntimeSocket(
    String name,
    Path path,
    Set<String> runtimes,
    boolean expected,
    BiFunction<Path, Predicate<String>, RuntimeApi> api) {

  public RuntimeSocket {
    runtimes = Set.copyOf(runtimes);
  }

  boolean exists() {
    return Files.exists(path);
  }
}
