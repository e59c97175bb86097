package io.netspan.bpf.sys;

import static io.netspan.bpf.sys.CFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * {@link NativeCalls} by the Foreign Function and Memory API. Any thread; the libraries stay loaded
 * for the life of the process.
 */
public final class PanamaCalls extends PanamaLibc {

  private static @Nullable PanamaCalls instance;

  private final CFunction setPrint;
  private final CFunction openMem;
  private final CFunction load;
  private final CFunction closeObject;
  private final CFunction findMap;
  private final CFunction findProgram;

  private final CFunction mapFd;
  private final CFunction mapType;
  private final CFunction mapKeySize;
  private final CFunction mapValueSize;
  private final CFunction setMaxEntries;
  private final CFunction maxEntries;
  private final CFunction initialValue;
  private final CFunction reuseFd;
  private final CFunction lookupElem;
  private final CFunction updateElem;
  private final CFunction deleteElem;
  private final CFunction lookupAndDeleteElem;
  private final CFunction lookupBatch;

  private final CFunction setAutoload;
  private final CFunction autoload;
  private final CFunction programFd;
  private final CFunction infoByFd;
  private final CFunction attach;
  private final CFunction attachCgroup;
  private final CFunction attachIter;
  private final CFunction linkFd;
  private final CFunction destroyLink;
  private final CFunction iterCreate;
  private final CFunction testRun;
  private final CFunction possibleCpus;

  private final PrintUpcall printUpcall;
  private final MemorySegment printStub;

  private PanamaCalls(CLibrary libc, CLibrary libbpf) {
    super(libc);
    printUpcall = new PrintUpcall(libc.function("vsnprintf"));
    printStub = CLibrary.upcall(printUpcall.target(), PrintUpcall.DESCRIPTOR);

    setPrint = libbpf.function("libbpf_set_print");
    openMem = libbpf.function("bpf_object__open_mem");
    load = libbpf.function("bpf_object__load");
    closeObject = libbpf.function("bpf_object__close");
    findMap = libbpf.function("bpf_object__find_map_by_name");
    findProgram = libbpf.function("bpf_object__find_program_by_name");
    mapFd = libbpf.function("bpf_map__fd");
    mapType = libbpf.function("bpf_map__type");
    mapKeySize = libbpf.function("bpf_map__key_size");
    mapValueSize = libbpf.function("bpf_map__value_size");
    setMaxEntries = libbpf.function("bpf_map__set_max_entries");
    maxEntries = libbpf.function("bpf_map__max_entries");
    initialValue = libbpf.function("bpf_map__initial_value");
    reuseFd = libbpf.function("bpf_map__reuse_fd");
    lookupElem = libbpf.function("bpf_map_lookup_elem");
    updateElem = libbpf.function("bpf_map_update_elem");
    deleteElem = libbpf.function("bpf_map_delete_elem");
    lookupAndDeleteElem = libbpf.function("bpf_map_lookup_and_delete_elem");
    lookupBatch = libbpf.function("bpf_map_lookup_batch");
    setAutoload = libbpf.function("bpf_program__set_autoload");
    autoload = libbpf.function("bpf_program__autoload");
    programFd = libbpf.function("bpf_program__fd");
    infoByFd = libbpf.function("bpf_obj_get_info_by_fd");
    attach = libbpf.function("bpf_program__attach");
    attachCgroup = libbpf.function("bpf_program__attach_cgroup");
    attachIter = libbpf.function("bpf_program__attach_iter");
    linkFd = libbpf.function("bpf_link__fd");
    destroyLink = libbpf.function("bpf_link__destroy");
    iterCreate = libbpf.function("bpf_iter_create");
    testRun = libbpf.function("bpf_prog_test_run_opts");
    possibleCpus = libbpf.function("libbpf_num_possible_cpus");
  }

  /**
   * The calls of this process, linked on first use.
   *
   * @throws NativeUnavailableException again at each call, until what it asks for is there
   */
  public static synchronized NativeCalls instance() {
    if (instance == null) {
      instance = new PanamaCalls(CLibrary.libc(), CLibrary.libbpf());
    }
    return instance;
  }

  @Override
  public void libbpfSetPrint(Print print) {
    printUpcall.sink(print);
    long _ = setPrint.callPointer(pointer(printStub));
  }

  @Override
  public long bpfObjectOpenMem(MemorySegment elf, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment options = Abi.openOptions(arena, name);
      return openMem.callPointerOrErrno(pointer(elf), elf.byteSize(), pointer(options));
    }
  }

  @Override
  public int bpfObjectLoad(long object) {
    return load.callInt(object);
  }

  @Override
  public void bpfObjectClose(long object) {
    int _ = closeObject.callInt(object);
  }

  @Override
  public long bpfObjectFindMapByName(long object, String name) {
    return find(findMap, object, name);
  }

  @Override
  public long bpfObjectFindProgramByName(long object, String name) {
    return find(findProgram, object, name);
  }

  private static long find(CFunction function, long object, String name) {
    try (Arena arena = Arena.ofConfined()) {
      return function.callPointerOrErrno(object, pointer(arena.allocateFrom(name)));
    }
  }

  @Override
  public int bpfMapFd(long map) {
    return mapFd.callInt(map);
  }

  @Override
  public int bpfMapType(long map) {
    return mapType.callInt(map);
  }

  @Override
  public int bpfMapKeySize(long map) {
    return mapKeySize.callInt(map);
  }

  @Override
  public int bpfMapValueSize(long map) {
    return mapValueSize.callInt(map);
  }

  @Override
  public int bpfMapSetMaxEntries(long map, int entries) {
    return setMaxEntries.callInt(map, entries);
  }

  @Override
  public int bpfMapMaxEntries(long map) {
    return maxEntries.callInt(map);
  }

  @Override
  public MemorySegment bpfMapInitialValue(long map) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_LONG);
      long address = initialValue.callPointer(map, pointer(size));
      return address == 0
          ? MemorySegment.NULL
          : memory(address, size.get(JAVA_LONG, 0), Arena.global());
    }
  }

  @Override
  public int bpfMapReuseFd(long map, int fd) {
    return reuseFd.callInt(map, fd);
  }

  @Override
  public int bpfMapLookupElem(int fd, MemorySegment key, MemorySegment value) {
    return lookupElem.callInt(fd, pointer(key), pointer(value));
  }

  @Override
  public int bpfMapUpdateElem(int fd, MemorySegment key, MemorySegment value, long flags) {
    return updateElem.callInt(fd, pointer(key), pointer(value), flags);
  }

  @Override
  public int bpfMapDeleteElem(int fd, MemorySegment key) {
    return deleteElem.callInt(fd, pointer(key));
  }

  @Override
  public int bpfMapLookupAndDeleteElem(int fd, MemorySegment key, MemorySegment value) {
    return lookupAndDeleteElem.callInt(fd, pointer(key), pointer(value));
  }

  @Override
  public int bpfMapLookupBatch(
      int fd,
      MemorySegment inBatch,
      MemorySegment outBatch,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count) {
    return lookupBatch.callInt(
        fd, pointer(inBatch), pointer(outBatch), pointer(keys), pointer(values), pointer(count));
  }

  @Override
  public int bpfProgramSetAutoload(long program, boolean on) {
    return setAutoload.callInt(program, on ? 1 : 0);
  }

  @Override
  public boolean bpfProgramAutoload(long program) {
    return autoload.callBool(program);
  }

  @Override
  public int bpfProgramFd(long program) {
    return programFd.callInt(program);
  }

  @Override
  public int bpfObjGetInfoByFd(int fd, MemorySegment info) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) info.byteSize());
      return infoByFd.callInt(fd, pointer(info), pointer(length));
    }
  }

  @Override
  public long bpfProgramAttach(long program) {
    return attach.callPointerOrErrno(program);
  }

  @Override
  public long bpfProgramAttachCgroup(long program, int cgroupFd) {
    return attachCgroup.callPointerOrErrno(program, cgroupFd);
  }

  @Override
  public long bpfProgramAttachIter(long program, MemorySegment linkInfo) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment options = Abi.iterOptions(arena, linkInfo);
      return attachIter.callPointerOrErrno(program, pointer(options));
    }
  }

  @Override
  public int bpfLinkFd(long link) {
    return linkFd.callInt(link);
  }

  @Override
  public int bpfLinkDestroy(long link) {
    return destroyLink.callInt(link);
  }

  @Override
  public int bpfIterCreate(int fd) {
    return iterCreate.callInt(fd);
  }

  @Override
  public int bpfProgTestRunOpts(int fd, MemorySegment context) {
    try (Arena arena = Arena.ofConfined()) {
      return testRun.callInt(fd, pointer(Abi.testRunOptions(arena, context)));
    }
  }

  @Override
  public int libbpfNumPossibleCpus() {
    return possibleCpus.callInt();
  }
}
