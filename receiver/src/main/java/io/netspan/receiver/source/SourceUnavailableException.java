package io.netspan.receiver.source;

/** Thrown when this machine does not allow a source; the message has all reasons. */
public final class SourceUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SourceUnavailableException(String message) {
    super(message);
  }
}
