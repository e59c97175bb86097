package io.netspan.linux.fd;

import java.io.IOException;

/** The reading end of the descriptor is closed for good. */
public final class ReaderGoneException extends IOException {
  private static final long serialVersionUID = 1;

  public ReaderGoneException(String message) {
    super(message);
  }
}
