package io.netspan.receiver.telemetry;

import io.netspan.receiver.workload.Service;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import org.jspecify.annotations.Nullable;

/**
 * The counts of everything that has the same attributes. The thread that has the turn increments
 * the counters, which costs a few stores per connection, while each of the SDK's counters would
 * look up the attributes again. Before a metric reader collects, and before the series ends, the
 * increments are added to the SDK's counters.
 */
public abstract class Series {
  private final Id id;

  /** When something was counted last; guarded by the lock of the table, as {@link #report} is. */
  long countedNs;

  /** Whether {@link #report} was called before; guarded by the same lock. */
  boolean reported;

  /**
   * Identifies a series in its table.
   *
   * @param slot the number of the series in the table
   * @param service the service; null in the overflow series
   * @param peer the service at the other end; null if it is not known
   * @param detail what else distinguishes the series, see {@link SeriesTable.Details}
   */
  public record Id(
      int slot,
      @Nullable Service service,
      @Nullable Service peer,
      int detail,
      Attributes attributes) {}

  protected Series(Id id) {
    this.id = id;
  }

  /**
   * Adds what was counted since the last call to the counters of the SDK. Called with the lock of
   * the table, by a metric reader's thread or by the thread that has the turn.
   *
   * @param first whether this is the first call: then counters are added to even if there is
   *     nothing to add, so that they begin at 0
   * @return whether anything was added
   */
  protected abstract boolean report(boolean first);

  /**
   * Whether anything that is counted here can still change or be taken back, such as a number of
   * open connections. Called by the thread that has the turn.
   */
  protected boolean isInUse() {
    return false;
  }

  final Id id() {
    return id;
  }

  /** See {@link SeriesTable#bySlot}. */
  public final int slot() {
    return id.slot();
  }

  public final Attributes attributes() {
    return id.attributes();
  }

  /**
   * Adds what was counted to a counter of the SDK.
   *
   * @param always whether to add to it even if there is nothing to add
   * @return whether there was anything to add
   */
  protected static boolean add(
      LongCounter to, PendingCounter counted, Attributes attributes, boolean always) {
    long since = counted.take();
    if (since != 0 || always) {
      to.add(since, attributes);
    }
    return since != 0;
  }

  /** The attributes and one more. */
  public final Attributes with(AttributeKey<String> key, String value) {
    return attributes().toBuilder().put(key, value).build();
  }
}
