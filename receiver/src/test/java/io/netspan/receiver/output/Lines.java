package io.netspan.receiver.output;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A sink that always accepts and keeps what is written. Any thread. */
public final class Lines implements LineSink {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  public String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  @Override
  public int write(byte[] bytes, int from, int length) {
    written.write(bytes, from, length);
    return length;
  }

  @Override
  public boolean readerGone() {
    return false;
  }

  @Override
  public void awaitRoom(int millis) {
    throw new AssertionError("there is always room");
  }

  @Override
  public long length() {
    return written.size();
  }
}
