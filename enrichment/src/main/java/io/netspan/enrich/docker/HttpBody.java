package io.netspan.enrich.docker;

import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The body of an answer of HTTP/1.1, of a given length or in chunks. */
final class HttpBody extends InputStream {
  private static final int LONGEST_LINE = 8_192;

  private final InputStream in;
  private final boolean chunked;
  private long left;
  private boolean begun;

  private HttpBody(InputStream in, boolean chunked, long length) {
    this.in = in;
    this.chunked = chunked;
    this.left = length;
  }

  static HttpBody chunked(InputStream in) {
    return new HttpBody(in, /* chunked= */ true, 0);
  }

  static HttpBody ofLength(InputStream in, long length) {
    return new HttpBody(in, /* chunked= */ false, length);
  }

  /** A body that ends when the connection does. */
  static HttpBody toTheEnd(InputStream in) {
    return new HttpBody(in, /* chunked= */ false, -1);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] to, int from, int length) throws IOException {
    boolean ended = left == 0 && !(chunked && nextChunk());
    if (ended) {
      return -1;
    }
    int read = in.read(to, from, left < 0 ? length : (int) Math.min(length, left));
    if (left < 0) {
      return read;
    }
    if (read < 0) {
      throw new EOFException("the answer ends before its body does");
    }
    left -= read;
    return read;
  }

  /** False at the end, after which there may be trailers, which nobody reads. */
  private boolean nextChunk() throws IOException {
    if (begun) {
      line(in);
    }
    begun = true;
    left = number(line(in).split(";", 2)[0].strip(), 16);
    return left > 0;
  }

  /** A line without its end. */
  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection was closed before the answer was complete");
      }
      if (line.length() == LONGEST_LINE) {
        throw new RuntimeFailure(
            RuntimeProblem.MALFORMED, "the answer has a line that is too long");
      }
      line.append((char) next);
    }
    int end = line.length() - 1;
    return end >= 0 && line.charAt(end) == '\r' ? line.substring(0, end) : line.toString();
  }

  static long number(String text, int radix) throws RuntimeFailure {
    try {
      long number = Long.parseLong(text, radix);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // It is not a number, as is reported below.
    }
    throw new RuntimeFailure(RuntimeProblem.MALFORMED, "the answer has a length that is no number");
  }
}
