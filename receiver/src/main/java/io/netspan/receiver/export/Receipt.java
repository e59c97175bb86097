package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import java.util.function.Supplier;

/**
 * The {@code partial_success} with which a backend answered a request that it accepted. The SDK's
 * exporters report every such request as a success, so our exporters run them with a receipt, which
 * the sender fills in before the result completes.
 */
public final class Receipt {
  private static final ScopedValue<Receipt> CURRENT = ScopedValue.newInstance();

  /** How a request ended that no backend accepted. */
  enum End {
    /** The backend refused it, or it could not be sent. */
    REFUSED,
    /** It waited until the bound of what may wait was reached. */
    DROPPED,
    /** It still waited, or had no answer, at the shutdown. */
    UNSENT
  }

  private volatile PartialSuccess answer = PartialSuccess.NONE;
  private volatile End end = End.REFUSED;

  /** Runs an export, whose request is made by this thread. */
  public CompletableResultCode of(Supplier<CompletableResultCode> export) {
    return ScopedValue.where(CURRENT, this).call(export::get);
  }

  /** The receipt of the export that this thread runs; an unused one if there is none. */
  static Receipt current() {
    return CURRENT.isBound() ? CURRENT.get() : new Receipt();
  }

  void fill(PartialSuccess given) {
    answer = given;
  }

  void end(End how) {
    end = how;
  }

  /** How the request ended, if no backend accepted it. */
  End end() {
    return end;
  }

  /** How many spans or data points were rejected. */
  public long rejected() {
    return answer.rejected();
  }

  /** The backend's reason or warning; empty if there is none. */
  public String message() {
    return answer.message();
  }
}
