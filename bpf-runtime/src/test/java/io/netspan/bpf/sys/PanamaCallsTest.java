package io.netspan.bpf.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Tests the calls of the real libbpf and libc that need no privileges. */
final class PanamaCallsTest {

  private static final int EBADF = 9;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final NativeCalls calls = PanamaCalls.instance();

  @Test
  void aMissingLibraryIsToBeInstalled() {
    assertThatThrownBy(() -> CLibrary.libbpf("libnobpf.so.1"))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessage("libnobpf.so.1 not found: install libbpf1 (Debian, Ubuntu) or libbpf (Fedora)");
  }

  @Test
  void anOldLibraryIsToBeReplaced() {
    assertThatThrownBy(() -> CLibrary.libbpf("libm.so.6"))
        .isInstanceOf(NativeUnavailableException.class)
        .hasMessage(
            "libm.so.6 is older than 1.0: install libbpf1 (Debian, Ubuntu) or libbpf (Fedora),"
                + " version 1.0 or newer");
  }

  @Test
  void errorsOfLibcAreNegative() {
    assertThat(calls.close(-1)).isEqualTo(-EBADF);
    assertThat(calls.mmap(0, 0, 0, MAP_PRIVATE_ANONYMOUS, -1, 0)).isEqualTo(-Errno.EINVAL);
    assertThat(calls.munmap(1, 1)).isEqualTo(-Errno.EINVAL);
    assertThat(calls.epollCreate1(-1)).isEqualTo(-Errno.EINVAL);
    assertThat(calls.epollCtl(-1, 1, -1, 1, 0)).isEqualTo(-EBADF);
    assertThat(calls.epollWait(-1, new long[1], 0)).isEqualTo(-EBADF);
    assertThat(calls.eventfd(0, -1)).isEqualTo(-Errno.EINVAL);
    try (Arena arena = Arena.ofConfined()) {
      assertThat(calls.read(-1, arena.allocate(8))).isEqualTo(-EBADF);
      assertThat(calls.write(-1, arena.allocate(8))).isEqualTo(-EBADF);
    }
  }

  @Test
  void errorsOfLibbpfAreNegative() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment eight = arena.allocate(8);
      assertThat(calls.bpfMapLookupElem(-1, eight, eight)).isNegative();
      assertThat(calls.bpfMapUpdateElem(-1, eight, eight, 0)).isNegative();
      assertThat(calls.bpfProgTestRunOpts(-1, eight)).isNegative();
      assertThat(calls.bpfObjGetInfoByFd(-1, eight)).isNegative();
      assertThat(calls.bpfIterCreate(-1)).isNegative();
      assertThat(calls.bpfObjectOpenMem(eight, "none")).isNegative();
    }
  }

  @Test
  void threadsSeeTheirOwnErrors() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> wrong = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        wrong.add(threads.submit(wrong(() -> (long) calls.close(-1), -EBADF)));
        wrong.add(
            threads.submit(
                wrong(() -> calls.mmap(0, 0, 0, MAP_PRIVATE_ANONYMOUS, -1, 0), -Errno.EINVAL)));
      }
      for (Future<Integer> count : wrong) {
        assertThat(count.get()).isZero();
      }
    }
  }

  private static Callable<Integer> wrong(Callable<Long> call, long expected) {
    return () -> {
      int wrong = 0;
      for (int i = 0; i < 20_000; i++) {
        wrong += call.call() == expected ? 0 : 1;
      }
      return wrong;
    };
  }

  @Test
  void mappedMemoryIsUsable() {
    long page = calls.pageSize();
    assertThat(page).isPositive();
    long address = calls.mmap(0, page, 3, MAP_PRIVATE_ANONYMOUS, -1, 0);
    Arena arena = Arena.ofShared();
    MemorySegment memory = calls.memory(address, page, arena);
    memory.set(ValueLayout.JAVA_LONG, page - 8, 42);
    assertThat(memory.get(ValueLayout.JAVA_LONG, page - 8)).isEqualTo(42);
    arena.close();
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_LONG, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThat(calls.munmap(address, page)).isZero();
  }

  @Test
  void epollReportsWhichDescriptorIsReady() {
    int epoll = calls.epollCreate1(0);
    int event = calls.eventfd(0, 0);
    assertThat(calls.epollCtl(epoll, 1, event, 1, 0x1234_5678_9abc_def0L)).isZero();
    long[] ready = new long[2];
    assertThat(calls.epollWait(epoll, ready, 0)).isZero();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocateFrom(ValueLayout.JAVA_LONG, 3L);
      assertThat(calls.write(event, count)).isEqualTo(8);
      assertThat(calls.epollWait(epoll, ready, -1)).isEqualTo(1);
      assertThat(ready).containsExactly(0x1234_5678_9abc_def0L, 0);
      assertThat(calls.read(event, count)).isEqualTo(8);
      assertThat(calls.epollWait(epoll, ready, 0)).isZero();
    }
    assertThat(calls.close(event)).isZero();
    assertThat(calls.close(epoll)).isZero();
  }

  @Test
  void cpusAreCounted() {
    assertThat(calls.libbpfNumPossibleCpus())
        .isGreaterThanOrEqualTo(Runtime.getRuntime().availableProcessors());
  }
}
