package io.netspan.receiver.telemetry;

import io.netspan.receiver.workload.Service;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import org.jspecify.annotations.Nullable;

/**
 * The counts of everything that has the same attributes. The thread that has the turn increments
 * the counters, and a metric reader's thread reads them. This costs a few stores per connection,
 * while each of the SDK's counters would look up the attributes again.
 */
public abstract class Series {
  private final Id id;

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

  /** The attributes and one more. */
  public final Attributes with(AttributeKey<String> key, String value) {
    return attributes().toBuilder().put(key, value).build();
  }
}
