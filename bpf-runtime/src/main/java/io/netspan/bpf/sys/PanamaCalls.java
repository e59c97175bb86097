package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * {@link NativeCalls} by the Foreign Function and Memory API. Any thread; the libraries stay loaded
 * for the life of the process.
 */
public final class PanamaCalls extends PanamaLibc {

  private static @Nullable PanamaCalls instance;

  private final MethodHandle setPrint;
  private final MethodHandle openMem;
  private final MethodHandle load;
  private final MethodHandle closeObject;
  private final MethodHandle findMap;
  private final MethodHandle findProgram;

  private final MethodHandle mapFd;
  private final MethodHandle mapType;
  private final MethodHandle mapKeySize;
  private final MethodHandle mapValueSize;
  private final MethodHandle setMaxEntries;
  private final MethodHandle maxEntries;
  private final MethodHandle initialValue;
  private final MethodHandle reuseFd;
  private final MethodHandle lookupElem;
  private final MethodHandle updateElem;
  private final MethodHandle deleteElem;
  private final MethodHandle lookupAndDeleteElem;
  private final MethodHandle lookupBatch;

  private final MethodHandle setAutoload;
  private final MethodHandle autoload;
  private final MethodHandle programFd;
  private final MethodHandle infoByFd;
  private final MethodHandle attach;
  private final MethodHandle attachCgroup;
  private final MethodHandle attachIter;
  private final MethodHandle linkFd;
  private final MethodHandle destroyLink;
  private final MethodHandle iterCreate;
  private final MethodHandle testRun;
  private final MethodHandle possibleCpus;

  private final PrintUpcall printUpcall;
  private final MemorySegment printStub;

  private PanamaCalls(Binder binder) {
    super(binder);
    printUpcall =
        new PrintUpcall(binder.libc("vsnprintf", JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
    printStub = binder.upcall(printUpcall.target(), PrintUpcall.DESCRIPTOR);

    setPrint = binder.libbpf("libbpf_set_print", JAVA_LONG, ADDRESS);
    openMem = binder.libbpfErrno("bpf_object__open_mem", JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
    load = binder.libbpf("bpf_object__load", JAVA_INT, JAVA_LONG);
    closeObject = binder.libbpfVoid("bpf_object__close", JAVA_LONG);
    findMap = binder.libbpfErrno("bpf_object__find_map_by_name", JAVA_LONG, JAVA_LONG, ADDRESS);
    findProgram =
        binder.libbpfErrno("bpf_object__find_program_by_name", JAVA_LONG, JAVA_LONG, ADDRESS);
    mapFd = binder.libbpf("bpf_map__fd", JAVA_INT, JAVA_LONG);
    mapType = binder.libbpf("bpf_map__type", JAVA_INT, JAVA_LONG);
    mapKeySize = binder.libbpf("bpf_map__key_size", JAVA_INT, JAVA_LONG);
    mapValueSize = binder.libbpf("bpf_map__value_size", JAVA_INT, JAVA_LONG);
    setMaxEntries = binder.libbpf("bpf_map__set_max_entries", JAVA_INT, JAVA_LONG, JAVA_INT);
    maxEntries = binder.libbpf("bpf_map__max_entries", JAVA_INT, JAVA_LONG);
    initialValue = binder.libbpf("bpf_map__initial_value", JAVA_LONG, JAVA_LONG, ADDRESS);
    reuseFd = binder.libbpf("bpf_map__reuse_fd", JAVA_INT, JAVA_LONG, JAVA_INT);
    lookupElem = binder.libbpf("bpf_map_lookup_elem", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    updateElem =
        binder.libbpf("bpf_map_update_elem", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    deleteElem = binder.libbpf("bpf_map_delete_elem", JAVA_INT, JAVA_INT, ADDRESS);
    lookupAndDeleteElem =
        binder.libbpf("bpf_map_lookup_and_delete_elem", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    lookupBatch =
        binder.libbpf(
            "bpf_map_lookup_batch",
            JAVA_INT,
            JAVA_INT,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS);
    setAutoload = binder.libbpf("bpf_program__set_autoload", JAVA_INT, JAVA_LONG, JAVA_BOOLEAN);
    autoload = binder.libbpf("bpf_program__autoload", JAVA_BOOLEAN, JAVA_LONG);
    programFd = binder.libbpf("bpf_program__fd", JAVA_INT, JAVA_LONG);
    infoByFd = binder.libbpf("bpf_obj_get_info_by_fd", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    attach = binder.libbpfErrno("bpf_program__attach", JAVA_LONG, JAVA_LONG);
    attachCgroup = binder.libbpfErrno("bpf_program__attach_cgroup", JAVA_LONG, JAVA_LONG, JAVA_INT);
    attachIter = binder.libbpfErrno("bpf_program__attach_iter", JAVA_LONG, JAVA_LONG, ADDRESS);
    linkFd = binder.libbpf("bpf_link__fd", JAVA_INT, JAVA_LONG);
    destroyLink = binder.libbpf("bpf_link__destroy", JAVA_INT, JAVA_LONG);
    iterCreate = binder.libbpf("bpf_iter_create", JAVA_INT, JAVA_INT);
    testRun = binder.libbpf("bpf_prog_test_run_opts", JAVA_INT, JAVA_INT, ADDRESS);
    possibleCpus = binder.libbpf("libbpf_num_possible_cpus", JAVA_INT);
  }

  /**
   * The calls of this process, linked on first use.
   *
   * @throws NativeUnavailableException again at each call, until what it asks for is there
   */
  public static synchronized NativeCalls instance() {
    if (instance == null) {
      instance = new PanamaCalls(Binder.load());
    }
    return instance;
  }

  @Override
  public void libbpfSetPrint(Print print) {
    printUpcall.sink(print);
    try {
      var _ = (long) setPrint.invokeExact(printStub);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long bpfObjectOpenMem(MemorySegment elf, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment options = Abi.openOptions(arena, name);
      return Binder.orErrno((long) openMem.invokeExact(errno, elf, elf.byteSize(), options), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfObjectLoad(long object) {
    return Downcall.ofLibbpf(load, object);
  }

  @Override
  public void bpfObjectClose(long object) {
    try {
      closeObject.invokeExact(object);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long bpfObjectFindMapByName(long object, String name) {
    return Downcall.ofLibbpf(findMap, object, name);
  }

  @Override
  public long bpfObjectFindProgramByName(long object, String name) {
    return Downcall.ofLibbpf(findProgram, object, name);
  }

  @Override
  public int bpfMapFd(long map) {
    return Downcall.ofLibbpf(mapFd, map);
  }

  @Override
  public int bpfMapType(long map) {
    return Downcall.ofLibbpf(mapType, map);
  }

  @Override
  public int bpfMapKeySize(long map) {
    return Downcall.ofLibbpf(mapKeySize, map);
  }

  @Override
  public int bpfMapValueSize(long map) {
    return Downcall.ofLibbpf(mapValueSize, map);
  }

  @Override
  public int bpfMapSetMaxEntries(long map, int entries) {
    return Downcall.ofLibbpf(setMaxEntries, map, entries);
  }

  @Override
  public int bpfMapMaxEntries(long map) {
    return Downcall.ofLibbpf(maxEntries, map);
  }

  @Override
  public MemorySegment bpfMapInitialValue(long map) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      long address = (long) initialValue.invokeExact(map, size);
      return address == 0
          ? MemorySegment.NULL
          : memory(address, size.get(JAVA_LONG, 0), Arena.global());
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfMapReuseFd(long map, int fd) {
    return Downcall.ofLibbpf(reuseFd, map, fd);
  }

  @Override
  public int bpfMapLookupElem(int fd, MemorySegment key, MemorySegment value) {
    return Downcall.ofLibbpf(lookupElem, fd, key, value);
  }

  @Override
  public int bpfMapUpdateElem(int fd, MemorySegment key, MemorySegment value, long flags) {
    try {
      return (int) updateElem.invokeExact(fd, key, value, flags);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfMapDeleteElem(int fd, MemorySegment key) {
    try {
      return (int) deleteElem.invokeExact(fd, key);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfMapLookupAndDeleteElem(int fd, MemorySegment key, MemorySegment value) {
    return Downcall.ofLibbpf(lookupAndDeleteElem, fd, key, value);
  }

  @Override
  public int bpfMapLookupBatch(
      int fd,
      MemorySegment inBatch,
      MemorySegment outBatch,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count) {
    try {
      return (int)
          lookupBatch.invokeExact(fd, inBatch, outBatch, keys, values, count, MemorySegment.NULL);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfProgramSetAutoload(long program, boolean on) {
    try {
      return (int) setAutoload.invokeExact(program, on);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public boolean bpfProgramAutoload(long program) {
    try {
      return (boolean) autoload.invokeExact(program);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfProgramFd(long program) {
    return Downcall.ofLibbpf(programFd, program);
  }

  @Override
  public int bpfObjGetInfoByFd(int fd, MemorySegment info) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) info.byteSize());
      return (int) infoByFd.invokeExact(fd, info, length);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long bpfProgramAttach(long program) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orErrno((long) attach.invokeExact(errno, program), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long bpfProgramAttachCgroup(long program, int cgroupFd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orErrno((long) attachCgroup.invokeExact(errno, program, cgroupFd), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long bpfProgramAttachIter(long program, MemorySegment linkInfo) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment options = Abi.iterOptions(arena, linkInfo);
      return Binder.orErrno((long) attachIter.invokeExact(errno, program, options), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfLinkFd(long link) {
    return Downcall.ofLibbpf(linkFd, link);
  }

  @Override
  public int bpfLinkDestroy(long link) {
    return Downcall.ofLibbpf(destroyLink, link);
  }

  @Override
  public int bpfIterCreate(int fd) {
    try {
      return (int) iterCreate.invokeExact(fd);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bpfProgTestRunOpts(int fd, MemorySegment context) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) testRun.invokeExact(fd, Abi.testRunOptions(arena, context));
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int libbpfNumPossibleCpus() {
    try {
      return (int) possibleCpus.invokeExact();
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }
}
