package io.netspan.receiver.export;

import io.netspan.config.ExportSettings;
import java.util.function.Supplier;

/**
 * What a sender needs to know and the SDK's builders of exporters cannot pass on. It is bound while
 * they build an exporter, which makes its sender on the same thread.
 *
 * @param counts the counts of the exporter
 * @param mostWaitingBytes the bytes of requests that wait for the backend at most
 */
record DeliverySettings(ExportCounts counts, long mostWaitingBytes) {
  private static final ScopedValue<DeliverySettings> CURRENT = ScopedValue.newInstance();

  /** Builds an exporter whose sender gets these settings. */
  <T> T build(Supplier<T> builder) {
    return ScopedValue.where(CURRENT, this).call(builder::get);
  }

  /** The settings of the exporter that this thread builds; the SDK itself builds one without. */
  static DeliverySettings current() {
    return CURRENT.isBound()
        ? CURRENT.get()
        : new DeliverySettings(
            new ExportCounts("requests"), ExportSettings.MOST_BACKLOG_BY_DEFAULT);
  }
}
