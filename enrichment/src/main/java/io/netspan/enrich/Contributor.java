package io.netspan.enrich;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Knows something about processes that neither the kernel nor {@code /proc} does: a container
 * runtime, an orchestrator, an inventory. {@link Contributors} asks contributors in the order of
 * their precedence and merges what they know.
 */
public interface Contributor extends AutoCloseable {

  /** A lower-case word for metrics and warnings, such as {@code docker}. */
  String name();

  /**
   * Starts to watch the contributor's own source. Called once, before the first {@link
   * #contribute}.
   *
   * @param changed to be called, on any thread, when contributions change that were made before, or
   *     that were pending; the predicate selects the processes concerned by their identities. A
   *     call is cheap, and calls in quick succession are handled together
   */
  default void start(Consumer<Predicate<ProcessIdentity>> changed) {}

  /**
   * Says what is known about a process now. Called by one thread at a time, which serves all
   * processes: it must answer from memory, and fetch in the background what it does not have.
   *
   * @param known what the kernel, {@code /proc} and the contributors of higher precedence know
   */
  Contribution contribute(ProcessIdentity known);

  /** What is counted about each source that the contributor asks. May be called by any thread. */
  default List<SourceStats> stats() {
    return List.of();
  }

  /** Ends what {@link #start} has started. */
  @Override
  default void close() {}
}
