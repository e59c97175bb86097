package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * The C structs that calls take. libbpf's option structs begin with their own size; a library that
 * is older or newer than these declarations reads as many members as both know, so each ends with
 * the last member that is set here.
 */
final class Abi {

  /** {@code bpf_object_open_opts {size_t sz; const char *object_name; ...}}. */
  private static final StructLayout OPEN_OPTIONS =
      MemoryLayout.structLayout(ValueLayout.JAVA_LONG.withName("sz"), ADDRESS.withName("name"));

  /** {@code bpf_iter_attach_opts {size_t sz; union bpf_iter_link_info *; __u32 link_info_len;}}. */
  private static final StructLayout ITER_OPTIONS =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_LONG.withName("sz"),
          ADDRESS.withName("link_info"),
          JAVA_INT.withName("link_info_len"),
          MemoryLayout.paddingLayout(4));

  /** {@code struct bpf_test_run_opts}, to its last member of libbpf 1.0. */
  private static final StructLayout TEST_RUN_OPTIONS =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_LONG.withName("sz"),
          ADDRESS.withName("data_in"),
          ADDRESS.withName("data_out"),
          JAVA_INT.withName("data_size_in"),
          JAVA_INT.withName("data_size_out"),
          ADDRESS.withName("ctx_in"),
          ADDRESS.withName("ctx_out"),
          JAVA_INT.withName("ctx_size_in"),
          JAVA_INT.withName("ctx_size_out"),
          JAVA_INT.withName("retval"),
          JAVA_INT.withName("repeat"),
          JAVA_INT.withName("duration"),
          JAVA_INT.withName("flags"),
          JAVA_INT.withName("cpu"),
          JAVA_INT.withName("batch_size"));

  private static final long CTX_IN = offset(TEST_RUN_OPTIONS, "ctx_in");
  private static final long CTX_SIZE_IN = offset(TEST_RUN_OPTIONS, "ctx_size_in");

  // struct epoll_event {uint32_t events; epoll_data_t data;} is packed on x86-64 only.
  private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
  private static final long EPOLL_DATA = PACKED ? 4 : 8;
  private static final long EPOLL_EVENT = EPOLL_DATA + 8;

  private Abi() {}

  static MemorySegment openOptions(Arena arena, String name) {
    MemorySegment options = sized(arena, OPEN_OPTIONS);
    options.set(ADDRESS, offset(OPEN_OPTIONS, "name"), arena.allocateFrom(name));
    return options;
  }

  static MemorySegment iterOptions(Arena arena, MemorySegment linkInfo) {
    MemorySegment options = sized(arena, ITER_OPTIONS);
    options.set(ADDRESS, offset(ITER_OPTIONS, "link_info"), linkInfo);
    options.set(JAVA_INT, offset(ITER_OPTIONS, "link_info_len"), (int) linkInfo.byteSize());
    return options;
  }

  static MemorySegment testRunOptions(Arena arena, MemorySegment context) {
    MemorySegment options = sized(arena, TEST_RUN_OPTIONS);
    options.set(ADDRESS, CTX_IN, context);
    options.set(JAVA_INT, CTX_SIZE_IN, (int) context.byteSize());
    return options;
  }

  static MemorySegment epollEvents(Arena arena, int count) {
    return arena.allocate(count * EPOLL_EVENT, Long.BYTES);
  }

  static MemorySegment epollEvent(Arena arena, int events, long data) {
    MemorySegment event = epollEvents(arena, 1);
    event.set(JAVA_INT, 0, events);
    event.set(JAVA_LONG_UNALIGNED, EPOLL_DATA, data);
    return event;
  }

  static long epollData(MemorySegment events, int index) {
    return events.get(JAVA_LONG_UNALIGNED, index * EPOLL_EVENT + EPOLL_DATA);
  }

  /** Zeroed, with {@code sz} set. */
  private static MemorySegment sized(Arena arena, StructLayout layout) {
    MemorySegment options = arena.allocate(layout);
    options.set(ValueLayout.JAVA_LONG, 0, layout.byteSize());
    return options;
  }

  private static long offset(StructLayout layout, String member) {
    return layout.byteOffset(PathElement.groupElement(member));
  }
}
