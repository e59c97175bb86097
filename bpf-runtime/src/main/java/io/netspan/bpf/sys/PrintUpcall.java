package io.netspan.bpf.sys;

import static io.netspan.bpf.sys.CFunction.pointer;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What libbpf calls to print: {@code int (*)(enum libbpf_print_level, const char *, va_list)}.
 *
 * <p>A {@code va_list} argument arrives as a pointer: on x86-64 it is an array of one 24-byte
 * struct, on aarch64 a 32-byte struct, which the convention passes by reference. It can be walked
 * once only, and {@code va_copy} is a macro; since both are plain structs, the copy for the second
 * {@code vsnprintf} is a copy of their bytes.
 */
final class PrintUpcall {

  static final FunctionDescriptor DESCRIPTOR =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);

  /** libbpf reads at most {@code UINT32_MAX >> 8} bytes of a verifier log, and adds two lines. */
  private static final int LONGEST = (1 << 24) + (1 << 12);

  private static final int SHORT = 1 << 10;
  private static final int VA_LIST_SIZE = System.getProperty("os.arch").equals("aarch64") ? 32 : 24;

  private final CFunction vsnprintf;
  private volatile NativeCalls.@Nullable Print sink;

  /**
   * @param vsnprintf {@code int vsnprintf(char *, size_t, const char *, va_list)}
   */
  PrintUpcall(CFunction vsnprintf) {
    this.vsnprintf = vsnprintf;
  }

  void sink(NativeCalls.Print print) {
    sink = print;
  }

  MethodHandle target() {
    try {
      MethodType type =
          MethodType.methodType(int.class, int.class, MemorySegment.class, MemorySegment.class);
      return MethodHandles.lookup().bind(this, "print", type);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  /** An exception that left an upcall would end the JVM, so none may. */
  int print(int level, MemorySegment format, MemorySegment arguments) {
    try {
      NativeCalls.Print print = sink;
      if (print != null && print.wants(level)) {
        print.message(level, format(format, arguments));
      }
    } catch (Throwable _) {
      return 0;
    }
    return 0;
  }

  @SuppressWarnings("restricted") // the segment of an upcall's pointer has no length of its own
  private String format(MemorySegment format, MemorySegment arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment again = arena.allocate(VA_LIST_SIZE, Long.BYTES);
      again.copyFrom(arguments.reinterpret(VA_LIST_SIZE));
      MemorySegment text = arena.allocate(SHORT);
      int length = printTo(text, format, arguments);
      if (length >= SHORT) {
        text = arena.allocate(Math.min((long) length, LONGEST) + 1);
        int _ = printTo(text, format, again);
      }
      return text.getString(0, StandardCharsets.UTF_8);
    }
  }

  private int printTo(MemorySegment text, MemorySegment format, MemorySegment arguments) {
    return vsnprintf.callInt(pointer(text), text.byteSize(), pointer(format), pointer(arguments));
  }
}
