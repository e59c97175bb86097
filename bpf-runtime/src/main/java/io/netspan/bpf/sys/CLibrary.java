package io.netspan.bpf.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** The functions of a C library. Only this class and {@link CFunction} use {@link Linker}. */
@SuppressWarnings("restricted") // this class is what native access is granted for
final class CLibrary {

  private static final String LIBBPF = "libbpf.so.1";
  private static final String INSTALL = "install libbpf1 (Debian, Ubuntu) or libbpf (Fedora)";

  private final SymbolLookup symbols;

  private CLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /** The C library, which every process has. */
  static CLibrary libc() {
    return new CLibrary(Linker.nativeLinker().defaultLookup());
  }

  /**
   * @throws NativeUnavailableException if libbpf is missing or too old, or native access denied
   */
  static CLibrary libbpf() {
    return libbpf(LIBBPF);
  }

  static CLibrary libbpf(String file) {
    CLibrary library;
    try {
      library = new CLibrary(SymbolLookup.libraryLookup(file, Arena.global()));
    } catch (IllegalCallerException e) {
      throw new NativeUnavailableException(
          "native access is denied to the JVM: add --enable-native-access=" + module(), e);
    } catch (IllegalArgumentException e) {
      throw new NativeUnavailableException(file + " not found: " + INSTALL, e);
    }
    if (library.majorVersion() < 1) {
      throw new NativeUnavailableException(
          file + " is older than 1.0: " + INSTALL + ", version 1.0 or newer");
    }
    return library;
  }

  /** {@code libbpf_major_version()}, which came with 0.6; a library without it counts as 0. */
  private int majorVersion() {
    return symbols
        .find("libbpf_major_version")
        .map(symbol -> new CFunction(symbol).callInt())
        .orElse(0);
  }

  /**
   * The function of this name.
   *
   * @throws NativeUnavailableException if the library is too old to have it
   */
  CFunction function(String name) {
    return new CFunction(
        symbols
            .find(name)
            .orElseThrow(
                () ->
                    new NativeUnavailableException(
                        name + "() not found: " + INSTALL + " 1.0 or newer")));
  }

  /** A C function pointer to a Java method, for the life of the process. */
  static MemorySegment upcall(MethodHandle target, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().upcallStub(target, descriptor, Arena.global());
  }

  private static String module() {
    Module module = CLibrary.class.getModule();
    return module.isNamed() ? module.getName() : "ALL-UNNAMED";
  }
}
