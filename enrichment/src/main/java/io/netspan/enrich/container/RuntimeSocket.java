package io.netspan.enrich.container;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a runtime may be.
 *
 * @param name a lower-case word for metrics and warnings, such as {@code docker}
 * @param runtimes whose containers are behind the socket, as {@link
 *     io.netspan.enrich.Container#runtime()} has them
 * @param start when it is watched
 * @param api makes the client from the socket's path and the labels that are wanted; called when
 *     there is a socket
 */
public record RuntimeSocket(
    String name,
    Path path,
    Set<String> runtimes,
    Start start,
    BiFunction<Path, Predicate<String>, RuntimeApi> api) {

  public RuntimeSocket {
    runtimes = Set.copyOf(runtimes);
  }

  /** When a runtime is watched. */
  public enum Start {
    /** At once; the absence of its socket is a problem. */
    EXPECTED,
    /** As soon as there is a socket. */
    FOUND,
    /** As soon as there are a socket and a process in a container that may be the runtime's. */
    NEEDED
  }

  /** Whether a container may be of the runtime behind the socket. */
  boolean mayHave(@Nullable String runtime) {
    return runtime == null || runtimes.contains(runtime);
  }

  boolean exists() {
    return Files.exists(path);
  }
}
