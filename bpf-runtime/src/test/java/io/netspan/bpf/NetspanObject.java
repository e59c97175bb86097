package io.netspan.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The object of module bpf. */
public final class NetspanObject {

  private static final String RESOURCE = "/io/netspan/bpf/object/netspan.bpf.o";

  private NetspanObject() {}

  public static byte[] elf() {
    try (InputStream stream = NetspanObject.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException(RESOURCE + " is not on the class path");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
