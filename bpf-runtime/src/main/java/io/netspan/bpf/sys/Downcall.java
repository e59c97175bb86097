package io.netspan.bpf.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls of C functions, by the shape of their arguments. Those of libc return a negative errno. A
 * call through a {@link MethodHandle} declares {@link Throwable}, so each shape has its own
 * handler, as in the code that jextract generates.
 */
final class Downcall {
  private Downcall() {}

  /** {@code int f(int)} of libc. */
  static int ofLibc(MethodHandle function, int argument) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative((int) function.invokeExact(errno, argument), errno);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code int f(int, int)} of libc. */
  static int ofLibc(MethodHandle function, int first, int second) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative((int) function.invokeExact(errno, first, second), errno);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code int f(const char *, int)} of libc. */
  static int ofLibc(MethodHandle function, String first, int second) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment text = arena.allocateFrom(first);
      return Binder.orNegative((int) function.invokeExact(errno, text, second), errno);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code ssize_t f(int, void *, size_t)} of libc. */
  static long ofLibc(MethodHandle function, int fd, MemorySegment buffer) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative(
          (long) function.invokeExact(errno, fd, buffer, buffer.byteSize()), errno);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code int f(T *)}, with a pointer as a number. */
  static int ofLibbpf(MethodHandle function, long pointer) {
    try {
      return (int) function.invokeExact(pointer);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code int f(T *, int)}, with a pointer as a number. */
  static int ofLibbpf(MethodHandle function, long pointer, int argument) {
    try {
      return (int) function.invokeExact(pointer, argument);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code int f(int, const void *, void *)}. */
  static int ofLibbpf(MethodHandle function, int fd, MemorySegment key, MemorySegment value) {
    try {
      return (int) function.invokeExact(fd, key, value);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** {@code T *f(U *, const char *)}, with pointers as numbers; a negative errno for NULL. */
  static long ofLibbpf(MethodHandle function, long pointer, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment text = arena.allocateFrom(name);
      return Binder.orErrno((long) function.invokeExact(errno, pointer, text), errno);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /** A downcall throws only for wrong arguments, which is the caller's mistake. */
  static RuntimeException impossible(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException("a native call threw", thrown);
    };
  }
}
