package io.netspan.receiver.source;

/**
 * Thrown when what a session builds on has been replaced, so the session has to start again. This
 * is not a failure: it is neither counted nor reported.
 */
public final class SupersededException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SupersededException(String message) {
    super(message);
  }
}
