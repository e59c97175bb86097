package io.netspan.receiver.output;

import io.netspan.linux.fd.ReaderGoneException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Keeps what is written, and fails as a test demands. Any thread. */
final class FakeSink implements LineSink {
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private Answer answer = length -> length;
  private int room = Integer.MAX_VALUE;
  private boolean gone;

  /** Decides how many of the given bytes are taken. */
  @FunctionalInterface
  interface Answer {
    int take(int length) throws IOException, InterruptedException;
  }

  synchronized void answer(Answer to) {
    answer = to;
  }

  /** Sets the free space of the simulated disk; a write beyond it fails with ENOSPC. */
  synchronized void room(int bytes) {
    room = bytes;
  }

  synchronized void readerLeaves() {
    gone = true;
  }

  /** Truncates the output as log rotation does. */
  synchronized void truncate() {
    file.reset();
  }

  synchronized String text() {
    return file.toString(StandardCharsets.UTF_8);
  }

  long lines() {
    return text().chars().filter(c -> c == '\n').count();
  }

  @Override
  public int write(byte[] bytes, int from, int length) throws IOException {
    int count;
    try {
      count = current().take(length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return keep(bytes, from, count);
  }

  private synchronized Answer current() {
    return answer;
  }

  private synchronized int keep(byte[] bytes, int from, int count) throws IOException {
    if (gone) {
      throw new ReaderGoneException("EPIPE (32)");
    }
    if (count > 0 && room == 0) {
      throw new IOException("ENOSPC (28)");
    }
    int fits = Math.min(count, room);
    file.write(bytes, from, fits);
    room -= fits;
    return fits;
  }

  @Override
  public synchronized boolean readerGone() {
    return gone;
  }

  @Override
  public void awaitRoom(int millis) {
    Thread.onSpinWait();
  }

  @Override
  public synchronized long length() {
    return file.size();
  }
}
