package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * The numbers of spans, or of data points of metrics, that an exporter has exported, that were
 * rejected, and that failed.
 */
final class ExportCounts {
  private static final System.Logger LOG = System.getLogger("netspan.export");

  private final String items;
  private final LongAdder taken = new LongAdder();
  private final LongAdder exported = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final AtomicBoolean told = new AtomicBoolean();

  /**
   * Creates counts that are zero.
   *
   * @param items what the counted items are called in a sentence
   */
  ExportCounts(String items) {
    this.items = items;
  }

  /** The items that the exporter was given. */
  long taken() {
    return taken.sum();
  }

  /** The items that a backend accepted. */
  long exported() {
    return exported.sum();
  }

  /** The items that a backend rejected in a request that it accepted. */
  long rejected() {
    return rejected.sum();
  }

  /** The items whose request failed after all attempts. */
  long failed() {
    return failed.sum();
  }

  CompletableResultCode count(long count, Supplier<CompletableResultCode> export) {
    taken.add(count);
    Receipt receipt = new Receipt();
    CompletableResultCode result = receipt.of(export);
    result.whenComplete(
        () -> {
          if (!result.isSuccess()) {
            failed.add(count);
            return;
          }
          long refused = Math.min(count, receipt.rejected());
          rejected.add(refused);
          exported.add(count - refused);
          tell(count, refused, receipt.message());
        });
    return result;
  }

  /** Logs a rejection, once, since a backend that rejects items usually goes on rejecting them. */
  private void tell(long count, long refused, String message) {
    boolean says = refused != 0 || !message.isEmpty();
    if (says && told.compareAndSet(false, true)) {
      String why = message.isEmpty() ? "" : ": " + message;
      LOG.log(
          System.Logger.Level.WARNING,
          refused == 0
              ? "the backend warns about " + items + why
              : "the backend rejected "
                  + refused
                  + " of "
                  + count
                  + " "
                  + items
                  + why
                  + " (said once; netspan.agent.lost counts them)");
    }
  }
}
