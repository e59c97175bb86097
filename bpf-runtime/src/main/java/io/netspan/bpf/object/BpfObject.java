package io.netspan.bpf.object;

import io.netspan.bpf.btf.Btf;
import io.netspan.bpf.btf.BtfException;
import io.netspan.bpf.btf.BtfVariable;
import io.netspan.bpf.sys.NativeCalls;
import io.netspan.bpf.sys.NativeUnavailableException;
import io.netspan.bpf.sys.PanamaCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A compiled BPF object: opened, set up, loaded into the kernel, attached, closed.
 *
 * <p>Nothing is pinned. The kernel drops programs, maps and links when their last descriptor
 * closes, so a process that is killed leaves nothing behind.
 *
 * <p>Any thread; calls exclude one another, as libbpf wants it for one object. After {@link
 * #close()} every method but {@link #btf()} throws {@link IllegalStateException}.
 */
public final class BpfObject implements AutoCloseable {

  private enum State {
    OPEN,
    LOADED,
    FAILED,
    CLOSED
  }

  private static final String RODATA = ".rodata";

  private final NativeCalls calls;
  private final String name;
  private final Btf btf;
  private final Arena elf;
  private final long pointer;
  private final Deque<BpfLink> links = new ArrayDeque<>();
  private final Map<String, BpfProgram> programs = new HashMap<>();
  private State state = State.OPEN;

  private BpfObject(NativeCalls calls, String name, Btf btf, Arena elf, long pointer) {
    this.calls = calls;
    this.name = name;
    this.btf = btf;
    this.elf = elf;
    this.pointer = pointer;
  }

  /**
   * Parses an object; nothing reaches the kernel yet.
   *
   * @param name for messages, and the prefix of its data sections' maps in the kernel
   * @param elf as compiled by clang with -target bpf -g
   * @throws BpfException if native code cannot be reached, or this is no such object
   */
  public static BpfObject open(String name, byte[] elf) {
    try {
      return open(name, elf, PanamaCalls.instance());
    } catch (NativeUnavailableException e) {
      throw BpfException.because("open object " + name, e);
    }
  }

  public static BpfObject open(String name, byte[] elf, NativeCalls calls) {
    Btf btf = parse(name, elf);
    calls.libbpfSetPrint(LibbpfLog.SHARED);
    Arena arena = Arena.ofShared();
    try (LibbpfLog.Capture log = LibbpfLog.capture()) {
      MemorySegment bytes =
          arena.allocate(elf.length, Long.BYTES).copyFrom(MemorySegment.ofArray(elf));
      long pointer = calls.bpfObjectOpenMem(bytes, name);
      if (pointer > 0) {
        return new BpfObject(calls, name, btf, arena, pointer);
      }
      arena.close();
      throw LoadFailure.of("open object " + name, (int) -pointer, log.messages());
    }
  }

  private static Btf parse(String name, byte[] elf) {
    try {
      return Btf.of(elf);
    } catch (BtfException e) {
      throw BpfException.because("open object " + name, e);
    }
  }

  /** The object's own types; also after {@link #close()}. */
  public Btf btf() {
    return btf;
  }

  /**
   * Sets a {@code const volatile} integer, before load. The verifier knows its value then, and
   * drops the branches that it rules out.
   *
   * @throws BpfException if there is none of that name, or the value does not fit it
   */
  public synchronized void constant(String variable, long value) {
    String what = "set constant " + variable;
    requireNotLoaded(what);
    BtfVariable found =
        btf.variables(RODATA).stream()
            .filter(v -> v.name().equals(variable))
            .findFirst()
            .orElseThrow(
                () -> new BpfException(what + ": no such variable in " + RODATA + " of " + name));
    MemorySegment image = calls.bpfMapInitialValue(findMap(RODATA));
    if (image.byteSize() < (long) found.offset() + found.size()) {
      throw new BpfException(what + ": " + RODATA + " of " + name + " ends before it");
    }
    write(what, image.asSlice(found.offset(), found.size()), value);
  }

  private static void write(String what, MemorySegment place, long value) {
    int size = (int) place.byteSize();
    if (size != 1 && size != 2 && size != 4 && size != 8) {
      throw new BpfException(what + ": it is no integer, but has " + size + " bytes");
    }
    int unused = Long.SIZE - 8 * size;
    boolean fits = value << unused >> unused == value || value << unused >>> unused == value;
    if (!fits) {
      throw new BpfException(what + ": " + value + " does not fit " + size + " bytes");
    }
    switch (size) {
      case 1 -> place.set(ValueLayout.JAVA_BYTE, 0, (byte) value);
      case 2 -> place.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) value);
      case 4 -> place.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) value);
      default -> place.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
    }
  }

  /**
   * The program of this name.
   *
   * @throws BpfException if the object has none
   */
  public synchronized BpfProgram program(String program) {
    requireOpen("find program " + program);
    BpfProgram known = programs.get(program);
    if (known != null) {
      return known;
    }
    long found = calls.bpfObjectFindProgramByName(pointer, program);
    if (found <= 0) {
      throw new BpfException("find program " + program + ": none in object " + name);
    }
    BpfProgram created = new BpfProgram(this, calls, program, found);
    programs.put(program, created);
    return created;
  }

  /**
   * The map of this name.
   *
   * @throws BpfException if the object has none
   */
  public synchronized BpfMap map(String map) {
    requireOpen("find map " + map);
    return new BpfMap(this, calls, map, findMap(map));
  }

  /**
   * Creates the maps and loads the programs. An object whose load failed can only be closed.
   *
   * @throws VerifierException if the verifier rejected a program
   * @throws BpfException for all other reasons
   */
  public synchronized void load() {
    requireNotLoaded("load object " + name);
    try (LibbpfLog.Capture log = LibbpfLog.capture()) {
      int error = calls.bpfObjectLoad(pointer);
      if (error < 0) {
        state = State.FAILED;
        throw LoadFailure.of("load object " + name, -error, log.messages());
      }
      state = State.LOADED;
    }
  }

  /**
   * Requires that everything that was attached still is.
   *
   * @throws BpfException that names the first link that is gone
   */
  public synchronized void requireAttached() {
    requireLoaded("look after links");
    links.forEach(BpfLink::requireAttached);
  }

  /** Closes the link with this object, unless it is closed before. */
  BpfLink own(BpfLink link) {
    links.push(link);
    return link;
  }

  void forget(BpfLink link) {
    links.remove(link);
  }

  private long findMap(String map) {
    long found = calls.bpfObjectFindMapByName(pointer, map);
    if (found <= 0) {
      throw new BpfException("find map " + map + ": none in object " + name);
    }
    return found;
  }

  void requireOpen(String what) {
    if (state == State.CLOSED) {
      throw new IllegalStateException(what + ": object " + name + " is closed");
    }
  }

  void requireNotLoaded(String what) {
    requireOpen(what);
    if (state != State.OPEN) {
      throw new BpfException(what + ": object " + name + " has been loaded before");
    }
  }

  void requireLoaded(String what) {
    requireOpen(what);
    if (state != State.LOADED) {
      throw new IllegalStateException(what + ": object " + name + " is not loaded");
    }
  }

  /**
   * Detaches what was attached, last first; programs and maps stay. The second time it does
   * nothing.
   */
  public synchronized void detach() {
    requireOpen("detach programs");
    List.copyOf(links).forEach(BpfLink::close);
  }

  /** Detaches in reverse order, then drops programs and maps; the second time it does nothing. */
  @Override
  public synchronized void close() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    List.copyOf(links).forEach(BpfLink::close);
    programs.values().forEach(BpfProgram::closeIterator);
    calls.bpfObjectClose(pointer);
    elf.close();
  }
}
