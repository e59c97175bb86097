package io.netspan.linux.fd;

import io.netspan.bpf.sys.DescriptorCalls;
import io.netspan.bpf.sys.PanamaDescriptorCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A name that one process of a network namespace can hold: an address in Linux's abstract namespace
 * of Unix sockets. The kernel releases the name when the process ends, however it ends; nothing is
 * written to disk.
 */
public final class ProcessClaim {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int EADDRINUSE = 98;

  private ProcessClaim() {}

  /** Takes the name until this process ends. False only if another process holds it. */
  public static boolean take(String name) {
    return take(new PanamaDescriptorCalls(), name);
  }

  static boolean take(DescriptorCalls calls, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    try (Arena arena = Arena.ofConfined()) {
      // struct sockaddr_un {sa_family_t sun_family; char sun_path[];}: an abstract path begins with
      // a NUL.
      MemorySegment address = arena.allocate(Short.BYTES + 1L + bytes.length, Long.BYTES);
      address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES + 1L, bytes.length);
      return calls.bound(AF_UNIX, SOCK_DGRAM_CLOEXEC, address) != -EADDRINUSE;
    }
  }
}
