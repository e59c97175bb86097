package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Collections;

/**
 * A C function that takes and returns whole numbers and pointers.
 *
 * <p>All are called in one shape, seven numbers of 64 bits, because each shape that is linked makes
 * classes at run time, which no AOT cache keeps: 35 shapes took a third of the start. The calling
 * conventions of x86-64 (System V) and aarch64 (AAPCS64) allow it: numbers and pointers are passed
 * in the same registers, a function reads those of its parameters only, as wide as their types are,
 * and the caller removes what is on the stack. What a narrow result leaves in the upper bits is
 * undefined.
 *
 * <p>{@code errno} is captured by the call itself into a segment used by that call only: between
 * two calls the JVM runs other code on the thread, and a segment shared by threads would mix up
 * their errors. No call is linked as {@code critical}: some block, and none is made per record.
 *
 * <p>The caller keeps the memory that pointers refer to until the call has returned.
 */
@SuppressWarnings("restricted") // this class is what native access is granted for
final class CFunction {
  private static final int PARAMETERS = 7;

  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, Collections.nCopies(PARAMETERS, JAVA_LONG).toArray(MemoryLayout[]::new));

  private static final MemoryLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(PathElement.groupElement("errno"));

  private static final MethodHandle CALL =
      Linker.nativeLinker().downcallHandle(SHAPE, Linker.Option.captureCallState("errno"));

  private final MemorySegment symbol;

  CFunction(MemorySegment symbol) {
    this.symbol = symbol;
  }

  /** The address of native memory, as an argument. */
  static long pointer(MemorySegment memory) {
    if (!memory.isNative()) {
      throw new IllegalArgumentException("memory of the Java heap given to a C function");
    }
    return memory.address();
  }

  /** Calls a function that returns {@code int}, or nothing. */
  int callInt(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) call(arena.allocate(ERRNO_LAYOUT), arguments);
    }
  }

  /** Calls a function that returns a {@code bool}, of which the lowest 8 bits are defined. */
  boolean callBool(long... arguments) {
    return (callInt(arguments) & 0xff) != 0;
  }

  /** Calls a function that returns a pointer and does not set {@code errno}. */
  long callPointer(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      return call(arena.allocate(ERRNO_LAYOUT), arguments);
    }
  }

  /** As {@link #callInt}; {@code -errno} if it returns {@code -1}. */
  int callIntOrErrno(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      int result = (int) call(errno, arguments);
      return result != -1 ? result : -(int) ERRNO.get(errno, 0L);
    }
  }

  /** Calls a function that returns {@code long}; {@code -errno} if it returns {@code -1}. */
  long callLongOrErrno(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      long result = call(errno, arguments);
      return result != -1 ? result : -(long) (int) ERRNO.get(errno, 0L);
    }
  }

  /** Calls a function that returns a pointer; {@code -errno} if that is {@code NULL}. */
  long callPointerOrErrno(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
      long result = call(errno, arguments);
      return result != 0 ? result : -(long) (int) ERRNO.get(errno, 0L);
    }
  }

  private long call(MemorySegment errno, long[] given) {
    if (given.length > PARAMETERS) {
      throw new IllegalArgumentException("a C function called with more than 7 arguments");
    }
    try {
      return (long)
          CALL.invokeExact(
              symbol,
              errno,
              argument(given, 0),
              argument(given, 1),
              argument(given, 2),
              argument(given, 3),
              argument(given, 4),
              argument(given, 5),
              argument(given, 6));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) { // invokeExact declares it
      throw new IllegalStateException("a native call threw", e);
    }
  }

  private static long argument(long[] given, int index) {
    return index < given.length ? given[index] : 0;
  }
}
