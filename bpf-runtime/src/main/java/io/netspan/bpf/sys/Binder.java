package io.netspan.bpf.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * Finds the libraries and links their functions; the only class that uses {@link Linker}.
 *
 * <p>{@code errno} is captured by the call itself into a segment used by that call only: between
 * two calls the JVM runs other code on the thread, and a segment shared by threads would mix up
 * their errors. No call is linked as {@code critical}: some block, and none is made per record.
 *
 * <p>Handles of libbpf's objects are passed as {@code long}, which the calling conventions of
 * x86-64 and aarch64 pass like a pointer.
 */
@SuppressWarnings("restricted") // this class is what native access is granted for
final class Binder {

  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));
  private static final String LIBRARY = "libbpf.so.1";
  private static final String INSTALL = "install libbpf1 (Debian, Ubuntu) or libbpf (Fedora)";

  private final Linker linker = Linker.nativeLinker();
  private final SymbolLookup libc = linker.defaultLookup();
  private final SymbolLookup libbpf;

  private Binder(SymbolLookup libbpf) {
    this.libbpf = libbpf;
  }

  /**
   * @throws NativeUnavailableException if libbpf is missing or too old, or native access denied
   */
  static Binder load() {
    return load(LIBRARY);
  }

  static Binder load(String library) {
    SymbolLookup lookup;
    try {
      lookup = SymbolLookup.libraryLookup(library, Arena.global());
    } catch (IllegalCallerException e) {
      throw new NativeUnavailableException(
          "native access is denied to the JVM: add --enable-native-access=" + module(), e);
    } catch (IllegalArgumentException e) {
      throw new NativeUnavailableException(library + " not found: " + INSTALL, e);
    }
    Binder binder = new Binder(lookup);
    binder.requireVersion(library);
    return binder;
  }

  /**
   * Binds libc only, for callers that do not need libbpf.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  static Binder libcOnly() {
    return new Binder(_ -> Optional.empty());
  }

  private void requireVersion(String library) {
    if (majorVersion() < 1) {
      throw new NativeUnavailableException(
          library + " is older than 1.0: " + INSTALL + ", version 1.0 or newer");
    }
  }

  /** {@code libbpf_major_version()}, which came with 0.6; a library without it counts as 0. */
  private int majorVersion() {
    if (libbpf.find("libbpf_major_version").isEmpty()) {
      return 0;
    }
    try {
      return (int) libbpf("libbpf_major_version", ValueLayout.JAVA_INT).invokeExact();
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  MethodHandle libbpf(String name, MemoryLayout result, MemoryLayout... arguments) {
    return linker.downcallHandle(symbol(libbpf, name), FunctionDescriptor.of(result, arguments));
  }

  MethodHandle libbpfVoid(String name, MemoryLayout... arguments) {
    return linker.downcallHandle(symbol(libbpf, name), FunctionDescriptor.ofVoid(arguments));
  }

  /** The handle's first argument receives {@code errno}: {@link #errno(Arena)}. */
  MethodHandle libbpfErrno(String name, MemoryLayout result, MemoryLayout... arguments) {
    return withErrno(symbol(libbpf, name), FunctionDescriptor.of(result, arguments));
  }

  /** The handle's first argument receives {@code errno}: {@link #errno(Arena)}. */
  MethodHandle libcErrno(String name, MemoryLayout result, MemoryLayout... arguments) {
    return withErrno(symbol(libc, name), FunctionDescriptor.of(result, arguments));
  }

  MethodHandle libc(String name, MemoryLayout result, MemoryLayout... arguments) {
    return linker.downcallHandle(symbol(libc, name), FunctionDescriptor.of(result, arguments));
  }

  /** A C function pointer to a Java method, for the life of the process. */
  MemorySegment upcall(MethodHandle target, FunctionDescriptor descriptor) {
    return linker.upcallStub(target, descriptor, Arena.global());
  }

  private MethodHandle withErrno(MemorySegment symbol, FunctionDescriptor descriptor) {
    return linker.downcallHandle(symbol, descriptor, Linker.Option.captureCallState("errno"));
  }

  private static MemorySegment symbol(SymbolLookup library, String name) {
    return library
        .find(name)
        .orElseThrow(
            () ->
                new NativeUnavailableException(
                    name + "() not found: " + INSTALL + " 1.0 or newer"));
  }

  private static String module() {
    Module module = Binder.class.getModule();
    return module.isNamed() ? module.getName() : "ALL-UNNAMED";
  }

  /** Where one call's {@code errno} goes. */
  static MemorySegment errno(Arena arena) {
    return arena.allocate(ERRNO_LAYOUT);
  }

  /** For functions that return {@code NULL} on error. */
  static long orErrno(long pointer, MemorySegment errno) {
    return pointer != 0 ? pointer : -(long) (int) ERRNO.get(errno, 0L);
  }

  /** For functions that return {@code -1} on error, {@code mmap} among them. */
  static long orNegative(long result, MemorySegment errno) {
    return result != -1 ? result : -(long) (int) ERRNO.get(errno, 0L);
  }

  static int orNegative(int result, MemorySegment errno) {
    return (int) orNegative((long) result, errno);
  }
}
