package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.function.Supplier;

/**
 * What a backend said of a request that it accepted: OTLP's {@code partial_success}. The SDK's
 * exporters call every such request a success; so an exporter that wants to know runs them with a
 * receipt, and the sender fills it in before the result is there.
 */
public final class Receipt {
  private static final ScopedValue<Receipt> CURRENT = ScopedValue.newInstance();

  private volatile PartialSuccess answer = PartialSuccess.NONE;

  /** Runs an export, whose request is made by this thread. */
  public CompletableResultCode of(Supplier<CompletableResultCode> export) {
    return ScopedValue.where(CURRENT, this).call(export::get);
  }

  /** That of the export that this thread runs; one that nobody reads if there is none. */
  static Receipt current() {
    return CURRENT.isBound() ? CURRENT.get() : new Receipt();
  }

  void fill(PartialSuccess told) {
    answer = told;
  }

  /** How many spans or data points were rejected. */
  public long rejected() {
    return answer.rejected();
  }

  /** Why, or what else the backend says; empty if it says nothing. */
  public String message() {
    return answer.message();
  }
}
