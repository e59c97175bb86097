package io.netspan.receiver.output;

import io.netspan.linux.fd.OutputDescriptor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;

/** Standard output. */
public final class StandardOutput implements LineSink {
  private final OutputDescriptor descriptor = OutputDescriptor.standardOutput();
  private final FileOutputStream file = new FileOutputStream(FileDescriptor.out);

  @Override
  public int write(byte[] bytes, int from, int length) throws IOException {
    return descriptor.write(bytes, from, length);
  }

  @Override
  public boolean readerGone() {
    return descriptor.readerGone();
  }

  @Override
  public void awaitRoom(int millis) {
    descriptor.awaitRoom(millis);
  }

  @Override
  public long length() {
    try {
      return file.getChannel().size();
    } catch (IOException e) {
      return 0;
    }
  }
}
