package io.netspan.bpf.object;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The object of module bpf. */
public final class NetspanObject {

  private static final String RESOURCE = "/io/netspan/bpf/object/netspan.bpf.o";
  private static final String UDP = "/io/netspan/bpf/object/udp.bpf.o";

  private NetspanObject() {}

  public static byte[] elf() {
    return read(RESOURCE);
  }

  /** Opened, without the program that needs a trampoline, which not every kernel allows. */
  public static BpfObject open() {
    BpfObject object = BpfObject.open("netspan", elf());
    object.program("inet_csk_accept").autoload(false);
    return object;
  }

  /**
   * The object that counts UDP flows, with only the programs that see sent datagrams (Linux 6.3).
   */
  static BpfObject openUdp() {
    BpfObject object = BpfObject.open("udp", read(UDP));
    for (String program :
        List.of(
            "sent4",
            "sent6",
            "received4",
            "received6",
            "recv_length",
            "name_send4",
            "name_send6",
            "name_recv4",
            "name_recv6",
            "release")) {
      object.program(program).autoload(false);
    }
    return object;
  }

  /** The size of one of its structs, in bytes. */
  static int size(BpfObject object, String struct) {
    return object.btf().struct(struct).orElseThrow().size();
  }

  /** The offset of a member of one of its structs, in bytes. */
  static int offset(BpfObject object, String struct, String member) {
    return object.btf().struct(struct).orElseThrow().members().stream()
        .filter(m -> m.name().equals(member))
        .findFirst()
        .orElseThrow()
        .offset();
  }

  private static byte[] read(String resource) {
    try (InputStream stream = NetspanObject.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(resource + " is not on the class path");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
