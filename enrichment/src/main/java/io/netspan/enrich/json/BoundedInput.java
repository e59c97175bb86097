package io.netspan.enrich.json;

import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Fails once more has been read than an answer may have. */
public final class BoundedInput extends FilterInputStream {
  private final long most;
  private long left;

  public BoundedInput(InputStream in, long most) {
    super(in);
    this.most = most;
    this.left = most;
  }

  /** As many bytes again from here. */
  public void beginAgain() {
    left = most;
  }

  @Override
  public int read() throws IOException {
    int next = in.read();
    count(next < 0 ? 0 : 1);
    return next;
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    int read = in.read(to, from, length);
    count(Math.max(read, 0));
    return read;
  }

  private void count(int bytes) throws RuntimeFailure {
    left -= bytes;
    if (left < 0) {
      throw new RuntimeFailure(
          RuntimeProblem.TOO_LARGE, "an answer has more than " + most + " bytes");
    }
  }
}
