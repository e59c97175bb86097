package io.netspan.enrich;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The contributors in the order of their precedence: where two know the same thing, the first one
 * wins. What the kernel and {@code /proc} know comes before all of them. Only the service's name
 * goes by its {@link ServiceName.Source} first.
 */
public final class Contributors implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.enrich");

  /** No contributors. */
  public static final Contributors NONE = of(List.of());

  private final List<Counted> all;

  private record Counted(Contributor contributor, LongAdder failures) {}

  private Contributors(List<Counted> all) {
    this.all = all;
  }

  /** Takes ownership of the contributors. */
  public static Contributors of(List<Contributor> byPrecedence) {
    return new Contributors(
        byPrecedence.stream().map(one -> new Counted(one, new LongAdder())).toList());
  }

  /**
   * Starts all of them; see {@link Contributor#start}. The failure of one is counted; it is asked
   * all the same.
   */
  public void start(Consumer<Predicate<ProcessIdentity>> changed) {
    for (Counted one : all) {
      try {
        one.contributor().start(changed);
      } catch (RuntimeException | LinkageError e) {
        failed(one, "start", e);
      }
    }
  }

  /**
   * Completes an identity by what the contributors know now. A contributor that throws contributes
   * nothing; the failure is counted.
   *
   * @param base without any contribution
   */
  public Completed complete(ProcessIdentity base) {
    ProcessIdentity identity = base;
    boolean pending = false;
    for (Counted one : all) {
      try {
        Contribution contribution = one.contributor().contribute(identity);
        identity = identity.completedBy(contribution.identity());
        pending |= contribution.pending();
      } catch (RuntimeException | LinkageError e) {
        failed(one, "identify process " + base.facts().key().pid(), e);
      }
    }
    return new Completed(identity, pending);
  }

  /**
   * An identity with the contributions of one moment.
   *
   * @param pending whether a contributor expects to know more soon
   */
  public record Completed(ProcessIdentity identity, boolean pending) {}

  private static void failed(Counted one, String toDo, Throwable e) {
    if (one.failures().sum() == 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} failed to {1} ({2}); further failures are only counted",
          one.contributor().name(),
          toDo,
          e);
    }
    one.failures().increment();
  }

  /** How often a contributor failed, for each that did. */
  public List<Failures> failures() {
    return all.stream()
        .map(one -> new Failures(one.contributor().name(), one.failures().sum()))
        .filter(one -> one.count() > 0)
        .toList();
  }

  /** How often the contributor of this name failed. */
  public record Failures(String contributor, long count) {}

  /** What is counted about the sources of all of them; sources of one name are one. */
  public List<SourceStats> stats() {
    Map<String, SourceStats> bySource = new TreeMap<>();
    for (Counted one : all) {
      for (SourceStats stats : one.contributor().stats()) {
        bySource.merge(stats.source(), stats, SourceStats::plus);
      }
    }
    return List.copyOf(bySource.values());
  }

  /** Closes all of them, in the reverse order, even if one fails. */
  @Override
  public void close() {
    for (Counted one : all.reversed()) {
      try {
        one.contributor().close();
      } catch (RuntimeException | LinkageError e) {
        failed(one, "stop", e);
      }
    }
  }
}
