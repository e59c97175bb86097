package io.netspan.linux.fd;

import java.io.IOException;

/** Nobody can read what is written there, now or later. */
public final class ReaderGoneException extends IOException {
  private static final long serialVersionUID = 1;

  public ReaderGoneException(String message) {
    super(message);
  }
}
