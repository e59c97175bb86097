package io.netspan.receiver.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;

/**
 * The counts of everything that has the same attributes. The thread that has the turn raises the
 * counters, a metric reader's thread reads them: a handful of stores per connection, where the
 * SDK's counters would each look up the attributes again.
 */
public abstract class Series {
  private final Id id;

  /**
   * Which series of its table it is.
   *
   * @param slot its number in the table
   * @param service the number of the service, or {@link SeriesTable#NO_SERVICE}
   * @param peer the number of the service at the other end, or {@link SeriesTable#NO_SERVICE}
   * @param detail what else distinguishes it, see {@link SeriesTable.Details}
   */
  public record Id(int slot, int service, int peer, int detail, Attributes attributes) {}

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
