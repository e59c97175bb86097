package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * The numbers of spans, or of data points of metrics, that an exporter has exported, that were
 * rejected, that failed, and that were dropped.
 */
final class ExportCounts {
  private static final System.Logger LOG = System.getLogger("netspan.export");

  private final String items;
  private final LongAdder taken = new LongAdder();
  private final LongAdder exported = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder waitingBytes = new LongAdder();
  private final AtomicBoolean logged = new AtomicBoolean();

  /**
   * Creates counts that are zero.
   *
   * @param items what the counted items are called in a sentence
   */
  ExportCounts(String items) {
    this.items = items;
  }

  /** What the counted items are called. */
  String items() {
    return items;
  }

  /** The bytes of requests that wait for the backend. */
  long waitingBytes() {
    return waitingBytes.sum();
  }

  /** Notes that more bytes wait, or fewer. */
  void waiting(long change) {
    waitingBytes.add(change);
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

  /** The items whose request was refused for good. */
  long failed() {
    return failed.sum();
  }

  /** The items whose request was dropped when more waited than may wait. */
  long dropped() {
    return dropped.sum();
  }

  /** The items of which it is not known yet what became of them. */
  long unknown() {
    return taken() - exported() - rejected() - failed() - dropped();
  }

  /** Notes items of which no request could be made. */
  void notExported(long count) {
    taken.add(count);
    failed.add(count);
  }

  CompletableResultCode count(long count, Supplier<CompletableResultCode> export) {
    taken.add(count);
    Receipt receipt = new Receipt();
    CompletableResultCode result;
    try {
      result = receipt.of(export);
    } catch (RuntimeException e) {
      failed.add(count);
      throw e;
    }
    result.whenComplete(
        () -> {
          if (!result.isSuccess()) {
            switch (receipt.end()) {
              case REFUSED -> failed.add(count);
              case DROPPED -> dropped.add(count);
              case UNSENT -> {} // It stays unknown.
            }
            return;
          }
          long refused = Math.min(count, receipt.rejected());
          rejected.add(refused);
          exported.add(count - refused);
          report(count, refused, receipt.message());
        });
    return result;
  }

  /** Logs a rejection, once, since a backend that rejects items usually goes on rejecting them. */
  private void report(long count, long refused, String message) {
    boolean says = refused != 0 || !message.isEmpty();
    if (says && logged.compareAndSet(false, true)) {
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
