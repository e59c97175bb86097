package io.netspan.bpf.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The native functions this module calls, one method each, with no policy. Tests put a fake in its
 * place, so that every error path runs without a kernel.
 *
 * <p>A result is what the function returned, or {@code -errno}, also where C returns {@code NULL}
 * or {@code -1} and sets {@code errno}. A {@code long} that is not a length is a pointer ({@code
 * struct bpf_object *} and so on); pointers of user space are positive on all 64-bit Linux. Buffers
 * must be native segments. Calls of libbpf on one object must not overlap; all others may come from
 * any thread.
 */
public interface NativeCalls {

  /** {@code enum libbpf_print_level}. */
  int LIBBPF_WARN = 0;

  int LIBBPF_INFO = 1;

  /** Receives libbpf's messages, on the thread whose call they concern. */
  interface Print {

    /** Whether a message of this level is worth formatting. */
    boolean wants(int level);

    /** A whole message, which may have many lines; whatever this throws is swallowed. */
    void message(int level, String text);
  }

  // ---- libbpf: objects

  /** {@code libbpf_set_print}: process-wide; the last one set wins. */
  void libbpfSetPrint(Print print);

  /**
   * {@code bpf_object__open_mem} with {@code bpf_object_open_opts.object_name}. The bytes must stay
   * until the object is closed.
   */
  long bpfObjectOpenMem(MemorySegment elf, String name);

  /** {@code bpf_object__load}. */
  int bpfObjectLoad(long object);

  /** {@code bpf_object__close}. */
  void bpfObjectClose(long object);

  /** {@code bpf_object__find_map_by_name}. */
  long bpfObjectFindMapByName(long object, String name);

  /** {@code bpf_object__find_program_by_name}. */
  long bpfObjectFindProgramByName(long object, String name);

  // ---- libbpf: maps

  /** {@code bpf_map__fd}: negative before load. */
  int bpfMapFd(long map);

  /** {@code bpf_map__type}: {@code enum bpf_map_type}. */
  int bpfMapType(long map);

  /** {@code bpf_map__key_size}, in bytes. */
  int bpfMapKeySize(long map);

  /** {@code bpf_map__value_size}, in bytes, of one CPU's value if the map is per CPU. */
  int bpfMapValueSize(long map);

  /** {@code bpf_map__set_max_entries}: before load; libbpf rounds the size of a ring buffer up. */
  int bpfMapSetMaxEntries(long map, int maxEntries);

  /** {@code bpf_map__max_entries}. */
  int bpfMapMaxEntries(long map);

  /**
   * {@code bpf_map__initial_value}: the writable image of a data section before load; an empty
   * segment where C gives {@code NULL}.
   */
  MemorySegment bpfMapInitialValue(long map);

  /** {@code bpf_map__reuse_fd}: before load; the map becomes the one behind the descriptor. */
  int bpfMapReuseFd(long map, int fd);

  /** {@code bpf_map_lookup_elem}. */
  int bpfMapLookupElem(int fd, MemorySegment key, MemorySegment value);

  /** {@code bpf_map_update_elem}. */
  int bpfMapUpdateElem(int fd, MemorySegment key, MemorySegment value, long flags);

  /** {@code bpf_map_delete_elem}. */
  int bpfMapDeleteElem(int fd, MemorySegment key);

  /** {@code bpf_map_lookup_and_delete_elem}: ENOTSUPP for hash maps before Linux 5.14. */
  int bpfMapLookupAndDeleteElem(int fd, MemorySegment key, MemorySegment value);

  /**
   * {@code bpf_map_lookup_batch}, without options.
   *
   * @param inBatch where the batch before ended; {@link MemorySegment#NULL} at the beginning
   * @param outBatch receives where this one ends
   * @param count how many entries there is room for; receives how many there are
   */
  int bpfMapLookupBatch(
      int fd,
      MemorySegment inBatch,
      MemorySegment outBatch,
      MemorySegment keys,
      MemorySegment values,
      MemorySegment count);

  // ---- libbpf: programs and links

  /** {@code bpf_program__set_autoload}. */
  int bpfProgramSetAutoload(long program, boolean autoload);

  /** {@code bpf_program__autoload}. */
  boolean bpfProgramAutoload(long program);

  /** {@code bpf_program__fd}: negative before load. */
  int bpfProgramFd(long program);

  /**
   * {@code bpf_obj_get_info_by_fd}: fills as much of it as the kernel knows, the rest stays.
   *
   * @param info {@code struct bpf_prog_info}, or what belongs to the descriptor; zeroed, since the
   *     kernel refuses what is set beyond the end of its own
   */
  int bpfObjGetInfoByFd(int fd, MemorySegment info);

  /** {@code bpf_program__attach}: gives a {@code struct bpf_link *}. */
  long bpfProgramAttach(long program);

  /** {@code bpf_program__attach_cgroup}: gives a {@code struct bpf_link *}. */
  long bpfProgramAttachCgroup(long program, int cgroupFd);

  /**
   * {@code bpf_program__attach_iter}: gives a {@code struct bpf_link *}.
   *
   * @param linkInfo {@code union bpf_iter_link_info}, or {@link MemorySegment#NULL}
   */
  long bpfProgramAttachIter(long program, MemorySegment linkInfo);

  /** {@code bpf_link__fd}. */
  int bpfLinkFd(long link);

  /** {@code bpf_link__destroy}: detaches and frees. */
  int bpfLinkDestroy(long link);

  /** {@code bpf_iter_create}: gives a descriptor to {@link #read}. */
  int bpfIterCreate(int linkFd);

  /**
   * {@code bpf_prog_test_run_opts} with nothing but {@code ctx_in}: runs the program once, on the
   * calling thread.
   */
  int bpfProgTestRunOpts(int fd, MemorySegment context);

  /** {@code libbpf_num_possible_cpus}. */
  int libbpfNumPossibleCpus();

  // ---- libc

  /** {@code mmap}: gives an address. */
  long mmap(long address, long length, int prot, int flags, int fd, long offset);

  /** {@code munmap}. */
  int munmap(long address, long length);

  /**
   * No call: the memory at an address that {@link #mmap} gave. Close the arena before {@link
   * #munmap}: an access after that would crash the process.
   */
  MemorySegment memory(long address, long length, Arena arena);

  /** {@code epoll_create1}. */
  int epollCreate1(int flags);

  /** {@code epoll_ctl} with {@code struct epoll_event {events, data}}. */
  int epollCtl(int epollFd, int operation, int fd, int events, long data);

  /**
   * {@code epoll_wait}: blocks.
   *
   * @param data receives {@code epoll_event.data} of the ready ones; its length is {@code
   *     maxevents}
   * @return how many are ready
   */
  int epollWait(int epollFd, long[] data, int timeoutMillis);

  /** {@code eventfd}. */
  int eventfd(int initial, int flags);

  /** {@code open} of an existing file, without a mode. */
  int open(String path, int flags);

  /** {@code read}: may block. */
  long read(int fd, MemorySegment buffer);

  /** {@code write}. */
  long write(int fd, MemorySegment buffer);

  /** {@code close}. */
  int close(int fd);

  /** {@code sysconf(_SC_PAGESIZE)}, in bytes. */
  long pageSize();
}
