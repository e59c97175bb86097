package io.netspan.receiver.source;

/**
 * What a session builds on has been replaced, so it has to start again. This is no failure: it is
 * neither counted nor reported.
 */
public final class SupersededException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SupersededException(String message) {
    super(message);
  }
}
